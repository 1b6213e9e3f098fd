/** Resources of podctl.dev/v1 as Kubernetes has them: limits and requests. Pure. */
import { type FieldPath, type FieldProblem, fieldProblem } from '../manifest/field-problem.ts';
import { normaliseProgramResources } from '../manifest/normalise-resources.ts';
import type { LooseResources } from '../manifest/resource-spellings.ts';
import { type Fields, mapOf } from './loose-fields.ts';

const kubernetesKeys = ['limits', 'requests', 'claims'];
/** docker's words whose meaning limits and requests have too */
const translated = ['cpus', 'cpu_period', 'cpu_quota', 'cpu_shares', 'mem_limit', 'mem_reservation'];

export interface RenderedResources {
  /** undefined: nothing is left to say */
  readonly resources: Fields | undefined;
  readonly warnings: readonly FieldProblem[];
}

/** `pids` and every knob of cgroups that Kubernetes has no field for are left out. */
export function renderResources(written: Fields | undefined, path: FieldPath): RenderedResources {
  if (written === undefined) return { resources: undefined, warnings: [] };
  const isDocker = translated.some((word) => written[word] !== undefined);
  const dropped = Object.keys(written).filter((key) => !kubernetesKeys.includes(key) && !translated.includes(key));
  const pids = mapOf(written.limits).pids !== undefined;
  const resources = {
    ...amounts('limits', written, isDocker),
    ...amounts('requests', written, isDocker),
    ...(written.claims === undefined ? {} : { claims: written.claims }),
  };
  return {
    resources: Object.keys(resources).length === 0 ? undefined : resources,
    warnings: [...dropped.map((key) => left([...path, key])), ...(pids ? [left([...path, 'limits', 'pids'])] : [])],
  };
}

const left = (path: FieldPath): FieldProblem =>
  fieldProblem(path, 'has no counterpart in Kubernetes, left out', { at: 'key' });

function amounts(kind: 'limits' | 'requests', written: Fields, isDocker: boolean): Fields {
  const { pids: _pids, ...own } = mapOf(written[kind]);
  const all = { ...own, ...(isDocker ? ofDocker(kind, written) : {}) };
  return Object.keys(all).length === 0 ? {} : { [kind]: all };
}

function ofDocker(kind: 'limits' | 'requests', written: Fields): Fields {
  const { cpuLimitMillis, cpuRequestMillis, memoryLimitBytes, memoryRequestBytes } = normaliseProgramResources(
    written as LooseResources,
  );
  const [cpu, memory] = kind === 'limits' ? [cpuLimitMillis, memoryLimitBytes] : [cpuRequestMillis, memoryRequestBytes];
  return {
    ...(cpu === undefined ? {} : { cpu: `${Math.ceil(cpu)}m` }),
    ...(memory === undefined ? {} : { memory: String(memory) }),
  };
}
