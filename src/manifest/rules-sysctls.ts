/** Rules for sysctls (Kubernetes validateSysctls, ValidateHostSysctl; the kubelet's of what a pod can have of its own). */
import { sysctlNamespace, sysctlPath } from '../model/sysctl.ts';
import { duplicate, type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import type { LooseSpec } from './schema.ts';

const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const pattern = `^(${segment}[\\./])*${segment}$`;
const maxLength = 253;

export function checkSysctls(spec: LooseSpec, problems: ProblemSink): void {
  const seen = new Set<string>();
  spec.securityContext?.sysctls?.forEach((sysctl, index) => {
    if (sysctl === undefined) return;
    const path = ['spec', 'securityContext', 'sysctls', index];
    if (sysctl.name === '' || !('name' in sysctl)) problems.error([...path, 'name'], required());
    if (sysctl.name) checkName(sysctl.name, seen, { spec, path: [...path, 'name'] }, problems);
    if (/[\0\n]/.test(sysctl.value ?? ''))
      problems.error([...path, 'value'], invalid(sysctl.value, 'must be one line'));
  });
}

interface Place {
  readonly spec: LooseSpec;
  readonly path: FieldPath;
}

function checkName(name: string, seen: Set<string>, { spec, path }: Place, problems: ProblemSink): void {
  if (name.length > maxLength || !new RegExp(pattern).test(name))
    problems.error(path, invalid(name, `must have at most ${maxLength} characters and match regex ${pattern}`));
  else if (seen.has(name)) problems.error(path, duplicate(name));
  else checkNamespace(name, spec, path, problems);
  seen.add(name);
}

function checkNamespace(name: string, spec: LooseSpec, path: FieldPath, problems: ProblemSink): void {
  const namespace = sysctlNamespace(sysctlPath(name));
  if (namespace === 'net' && spec.hostNetwork === true)
    problems.error(path, invalid(name, "may not be specified when 'hostNetwork' is true"));
  if (namespace === 'ipc' && spec.hostIPC === true)
    problems.error(path, invalid(name, "may not be specified when 'hostIPC' is true"));
  if (namespace === undefined)
    problems.error(path, forbidden(`sysctl ${JSON.stringify(name)} is the machine's: no pod has one of its own`), {
      hint: 'a pod can have net.*, kernel.shm*, kernel.msg*, kernel.sem and fs.mqueue.*',
    });
}
