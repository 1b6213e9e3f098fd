/** Rules for securityContext (Kubernetes ValidateSecurityContext, validatePodSpecSecurityContext). */

import { capabilityNames } from '../model/capability-names.ts';
import { closestWord } from '../util/closest-word.ts';
import { bareCapability, isCapability } from './container-capabilities.ts';
import { type FieldPath, invalid, type ProblemSink, quoteValue, unsupported } from './field-problem.ts';
import { rootComplaint } from './normalise-security.ts';
import { parseUser } from './process-values.ts';
import type { ContainerContext } from './rules-container.ts';
import { checkProfiles } from './rules-profiles.ts';
import { checkSysctls } from './rules-sysctls.ts';
import type { LooseContainer, LooseProcess, LooseSpec } from './schema.ts';

type SecurityContext = NonNullable<LooseContainer['securityContext']>;

export function checkContainerSecurity(
  container: LooseContainer,
  path: FieldPath,
  context: ContainerContext,
  problems: ProblemSink,
): void {
  const security = container.securityContext;
  checkId(security?.runAsUser, [...path, 'runAsUser'], problems);
  checkId(security?.runAsGroup, [...path, 'runAsGroup'], problems);
  for (const list of ['add', 'drop'] as const) {
    security?.capabilities?.[list]?.forEach((name, index) => {
      checkCapability(name, [...path, 'capabilities', list, index], problems);
    });
  }
  if (security !== undefined) checkEscalation(security, path, problems);
  checkProfiles(security, path, problems);
  if (security?.privileged === true && /Default|Localhost/.test(security.seccompProfile?.type ?? ''))
    problems.warn([...path, 'seccompProfile'], 'ignored: a privileged container is unconfined');
  checkProcMount(security?.procMount, context.spec, [...path, 'procMount'], problems);
  checkNonRoot(container, path, context.spec, problems);
}

function checkProcMount(procMount: string | undefined, spec: LooseSpec, path: FieldPath, problems: ProblemSink): void {
  checkWord(procMount, ['Default', 'Unmasked'], path, problems);
  if (procMount === 'Unmasked' && spec.hostUsers !== false)
    problems.error(path, invalid(procMount, '`hostUsers` must be false to use `Unmasked`'));
}

function checkWord(word: string | undefined, known: readonly string[], path: FieldPath, problems: ProblemSink): void {
  if (word !== undefined && !known.includes(word)) problems.error(path, unsupported(word, known));
}

/** spec.securityContext. */
export function checkPodSecurity(spec: LooseSpec, problems: ProblemSink): void {
  const security = spec.securityContext;
  const path = ['spec', 'securityContext'];
  checkProfiles(security, path, problems);
  checkSysctls(spec, problems);
  checkWord(security?.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], [...path, 'fsGroupChangePolicy'], problems);
  checkWord(security?.supplementalGroupsPolicy, ['Merge', 'Strict'], [...path, 'supplementalGroupsPolicy'], problems);
  checkWord(security?.seLinuxChangePolicy, ['MountOption', 'Recursive'], [...path, 'seLinuxChangePolicy'], problems);
  checkId(security?.runAsUser, [...path, 'runAsUser'], problems);
  checkId(security?.runAsGroup, [...path, 'runAsGroup'], problems);
  checkId(security?.fsGroup, [...path, 'fsGroup'], problems);
  security?.supplementalGroups?.forEach((group, index) => {
    checkId(group, [...path, 'supplementalGroups', index], problems);
  });
}

function checkId(id: number | undefined, path: FieldPath, problems: ProblemSink): void {
  if (id === undefined || (id >= 0 && id <= 2_147_483_647)) return;
  problems.error(path, invalid(id, 'must be between 0 and 2147483647, inclusive'));
}

function checkCapability(name: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (name === undefined) return;
  if (/^CAP_/i.test(name) && isCapability(name))
    problems.warn(path, `Kubernetes' runtimes know no ${quoteValue(name)}, only names without CAP_`, {
      hint: `write ${bareCapability(name)}`,
    });
  if (isCapability(name)) return;
  const near = closestWord(bareCapability(name), ['ALL', ...capabilityNames]);
  problems.error(path, invalid(name, 'is not a Linux capability'), {
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}

function checkEscalation(security: SecurityContext, path: FieldPath, problems: ProblemSink): void {
  if (security.allowPrivilegeEscalation !== false) return;
  const refuse = (what: string) =>
    problems.error(path, invalid(security, `cannot set \`allowPrivilegeEscalation\` to false and ${what}`));
  if (security.privileged === true) refuse('`privileged` to true');
  // as the API server, which knows it by this name alone
  if (security.capabilities?.add?.includes('CAP_SYS_ADMIN')) refuse('`capabilities.Add` CAP_SYS_ADMIN');
}

/** The same for a program of processes. A name cannot be judged before the start: the kubelet refuses it too. */
export function checkNonRootProcess(
  { name, user }: LooseProcess,
  { container, spec }: { readonly container: LooseContainer; readonly spec: LooseSpec },
  path: FieldPath,
  problems: ProblemSink,
): void {
  if ((container.securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot) !== true) return;
  const at = [...path, user === undefined ? 'name' : 'user'];
  const what = `program ${quoteValue(name)} of a container with runAsNonRoot`;
  const inherited = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? 0;
  const account = parseUser(user ?? inherited)?.user;
  if (account?.kind === 'name')
    problems.error(at, `${what} runs as a user by name, which may be root`, { hint: 'set user to the user’s id' });
  else if (account?.id === 0)
    problems.error(at, `${what} would run as root`, { hint: 'set user to an id other than 0' });
}

/** Accepted by the API server; the kubelet does not start such a container (CreateContainerConfigError), and neither does podd. */
function checkNonRoot(container: LooseContainer, path: FieldPath, spec: LooseSpec, problems: ProblemSink): void {
  const complaint = rootComplaint(container, spec);
  if (complaint === undefined) return;
  const isOwn = container.securityContext?.runAsNonRoot !== undefined;
  const at = isOwn ? [...path, 'runAsNonRoot'] : ['spec', 'securityContext', 'runAsNonRoot'];
  problems.warn(at, `container ${quoteValue(container.name)} will not start: ${complaint}`, {
    hint: 'set runAsUser to an id other than 0',
  });
}
