/**
 * What is left of a directory's own limits inside its parent's. v2 sorts that out by itself; v1 refuses a child that has more CPU
 * time, or other CPUs and memory nodes, than its parent, and knows no cpuset that says nothing. Pure.
 */
import type { CgroupLayout } from '../model/cgroup.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { type CpuRanges, formatCpuList, parseCpuList } from '../util/cpu-list.ts';
import { type Flat, nestFlat } from './plan-flat.ts';
import type { DirectoryResources } from './plan-setting.ts';
import { cpuPeriodUs, cpuQuotaUs, minQuotaUs } from './plan-weights.ts';

/** What the children of a directory can have at most, and have without a word of their own. */
export interface Bound {
  /** v1 alone */
  readonly flat?: Flat;
  readonly quota?: { readonly quotaUs: number; readonly periodUs: number };
  /** v1 with a cpuset hierarchy: the two files of the directory itself */
  readonly cpuset?: NonNullable<CgroupLayout['cpuset']>;
}

export interface Nested {
  readonly resources: DirectoryResources;
  readonly bound: Bound;
}

/** Of the instance's own directory, which limits nothing and has all that the root has. */
export const outermost = ({ kind, v1, cpuset }: CgroupLayout): Bound =>
  kind === 'v2' || v1.cpuset === undefined || cpuset === undefined ? {} : { cpuset };

/** A directory below one of this bound. */
export function nest(parent: Bound, own: ResourceSpec, layout: CgroupLayout): Nested {
  if (layout.kind === 'v2') return { resources: own, bound: parent };
  const flat = nestFlat(parent.flat ?? {}, own);
  const { resources, quota } = nestQuota(parent.quota, own);
  const bound = {
    ...(Object.keys(flat).length === 0 ? {} : { flat }),
    ...(quota === undefined ? {} : { quota }),
    ...nestCpuset(parent.cpuset, own),
  };
  return { resources: { ...resources, ...flat }, bound };
}

function nestCpuset(parent: Bound['cpuset'], own: ResourceSpec): Pick<Bound, 'cpuset'> {
  if (parent === undefined) return {};
  // The very same: nothing below has to be compared.
  if (!namesCpuset(own)) return { cpuset: parent };
  const cpus = within(parent.cpus, own.unified?.['cpuset.cpus'] ?? own.cpus);
  const mems = within(parent.mems, own.unified?.['cpuset.mems'] ?? own.mems);
  return { cpuset: { cpus, mems } };
}

const namesCpuset = ({ cpus, mems, unified }: ResourceSpec): boolean =>
  cpus !== undefined || mems !== undefined || unified !== undefined;

function nestQuota(
  parent: Bound['quota'],
  own: ResourceSpec,
): { readonly resources: DirectoryResources; readonly quota: Bound['quota'] } {
  if (!own.cpuLimitMillis) return { resources: own, quota: parent };
  const periodUs = own.cpuPeriodUs ?? cpuPeriodUs;
  const quotaUs = cpuQuotaUs(own.cpuLimitMillis, periodUs);
  if (parent === undefined || quotaUs * parent.periodUs <= parent.quotaUs * periodUs) {
    return { resources: own, quota: { quotaUs, periodUs } };
  }
  const left = Math.floor((parent.quotaUs * periodUs) / parent.periodUs);
  const { cpuLimitMillis: _limit, cpuBurstUs: _burst, ...rest } = own;
  if (left < minQuotaUs) return { resources: rest, quota: parent };
  const burst = own.cpuBurstUs === undefined ? {} : { cpuBurstUs: Math.min(own.cpuBurstUs, left) };
  return { resources: { ...own, quotaUs: left, ...burst }, quota: { quotaUs: left, periodUs } };
}

/** Those of `own` that the parent has; where there are none, or none are named, all of the parent's. */
function within(parent: string, own: string | undefined): string {
  if (own === undefined) return parent;
  const wanted = parseCpuList(own);
  const has = parseCpuList(parent);
  if (wanted === undefined || has === undefined) return parent;
  const both = intersection(wanted, has);
  return both.length === 0 ? parent : formatCpuList(both);
}

function intersection(a: CpuRanges, b: CpuRanges): CpuRanges {
  return a.flatMap(([first, last]) =>
    b.flatMap(([from, to]): CpuRanges => {
      const range = [Math.max(first, from), Math.min(last, to)] as const;
      return range[0] <= range[1] ? [range] : [];
    }),
  );
}
