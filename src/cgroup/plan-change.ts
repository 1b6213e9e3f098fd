/** From what one cgroup directory holds to what it is to hold, in an order that the kernel accepts. Pure. */
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import { resetOf } from './plan-defaults.ts';
import { type Setting, writeOf } from './plan-setting.ts';
import { cpuPeriodUs } from './plan-weights.ts';

export interface DirectoryChange {
  /** all but what is in `last`: parents before their children */
  readonly first: readonly CgroupWrite[];
  /** a CPU limit that shrinks: children before their parents, because v1 gives no child more than its parent at any moment */
  readonly last: readonly CgroupWrite[];
}

export type Settings = ReadonlyMap<string, Setting>;

interface Change {
  readonly setting: Setting;
  /** undefined for a raw file whose default is not known */
  readonly before: string | undefined;
}

/** Only what differs; what is no longer asked for is set back. `directory` is relative to every hierarchy. */
export function planChange(directory: string, from: Settings, to: Settings, layout: CgroupLayout): DirectoryChange {
  const changes = changesBetween(from, to, layout);
  const write = (ordered: readonly Setting[]) =>
    ordered.flatMap((setting) => writeOf(directory, setting, layout) ?? []);
  const limits = write(orderBandwidth(changes.filter(isBandwidth), from));
  const others = write(orderOthers(changes.filter((change) => !isBandwidth(change))));
  const isLess = ratioOf(to) < ratioOf(from);
  return isLess ? { first: others, last: limits } : { first: [...others, ...limits], last: [] };
}

/** Weights are left alone where the directory becomes idle: the kernel refuses them then, and forgets what it had. */
function changesBetween(from: Settings, to: Settings, layout: CgroupLayout): readonly Change[] {
  const isIdle = valueIn(to, 'cpu.idle') === '1';
  const gone = [...from.keys()].filter((key) => !to.has(key));
  return [...gone, ...to.keys()].flatMap((key): Change[] => {
    const old = from.get(key);
    const setting = to.get(key) ?? (old === undefined ? undefined : resetOf(old, layout));
    if (setting === undefined || (isIdle && isWeight(setting))) return [];
    const before = old?.value ?? resetOf(setting, layout)?.value;
    return before === setting.value ? [] : [{ setting, before }];
  });
}

const isWeight = ({ name }: Setting): boolean => name === 'cpu.weight' || name === 'cpu.shares';

/** An idle directory takes no weight before it has ceased to be idle, and a growing v1 limit has to find a memsw that has grown. */
function orderOthers(changes: readonly Change[]): readonly Setting[] {
  const isFirst = ({ setting, before }: Change) =>
    setting.name === 'cpu.idle' ||
    (setting.name === 'memory.memsw.limit_in_bytes' && BigInt(setting.value) >= BigInt(before ?? 0));
  return [...changes.filter(isFirst), ...changes.filter((change) => !isFirst(change))].map(({ setting }) => setting);
}

const bandwidthNames: readonly string[] = [
  'cpu.max',
  'cpu.max.burst',
  'cpu.cfs_quota_us',
  'cpu.cfs_period_us',
  'cpu.cfs_burst_us',
];
const isBandwidth = ({ setting }: Change): boolean => bandwidthNames.includes(setting.name);

/**
 * The burst is at most the quota at every moment. A v1 period changes without a quota: whichever of the two came first, their
 * ratio would leave the span from the old to the new one, and with it the parent's or a child's.
 */
function orderBandwidth(changes: readonly Change[], from: Settings): readonly Setting[] {
  const burst = changes.filter(({ setting }) => setting.name.includes('burst'));
  const isMore = burst.some(({ setting, before }) => Number(setting.value) > Number(before));
  const period = named(changes, 'cpu.cfs_period_us');
  const quota = named(changes, 'cpu.cfs_quota_us');
  const had = from.get('cpu cpu.cfs_quota_us');
  const parked = period.length > 0 && had !== undefined && had.value !== '-1' ? [{ ...had, value: '-1' }] : [];
  const isBack = parked.length > 0 && quota.length === 0 && had !== undefined;
  const wanted = isBack ? [had] : quota.filter(({ value }) => parked.length === 0 || value !== '-1');
  const limit = [...named(changes, 'cpu.max'), ...parked, ...period, ...wanted];
  const bursts = burst.map(({ setting }) => setting);
  return isMore ? [...limit, ...bursts] : [...bursts, ...limit];
}

const named = (changes: readonly Change[], name: string): readonly Setting[] =>
  changes.flatMap(({ setting }) => (setting.name === name ? [setting] : []));

/** CPU time per time, as far as this directory limits it. */
function ratioOf(settings: Settings): number {
  const [limit = 'max', span] = (valueIn(settings, 'cpu.max') ?? '').split(' ');
  const quota = valueIn(settings, 'cpu.cfs_quota_us') ?? limit;
  const period = valueIn(settings, 'cpu.cfs_period_us') ?? span ?? cpuPeriodUs;
  return /^\d+$/.test(quota) ? Number(quota) / Number(period) : Number.POSITIVE_INFINITY;
}

function valueIn(settings: Settings, name: string): string | undefined {
  for (const setting of settings.values()) if (setting.name === name) return setting.value;
  return undefined;
}
