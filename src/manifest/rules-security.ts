/** Rules for securityContext (Kubernetes ValidateSecurityContext). */

import { capabilityNames } from '../model/capability-names.ts';
import { closestWord } from '../util/closest-word.ts';
import { bareCapability, isCapability } from './container-capabilities.ts';
import { type FieldPath, invalid, type ProblemSink, quoteValue } from './field-problem.ts';
import { parseUser } from './process-values.ts';
import type { ContainerContext } from './rules-container.ts';
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
  if (!('processes' in container)) checkNonRoot(container, path, context.spec, problems);
}

/** spec.securityContext. */
export function checkPodSecurity(security: LooseSpec['securityContext'], problems: ProblemSink): void {
  const path = ['spec', 'securityContext'];
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
  if (name === undefined || isCapability(name)) return;
  const near = closestWord(bareCapability(name), ['ALL', ...capabilityNames]);
  problems.error(path, invalid(name, 'is not a Linux capability'), {
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}

function checkEscalation(security: SecurityContext, path: FieldPath, problems: ProblemSink): void {
  if (security.allowPrivilegeEscalation !== false) return;
  const refuse = (what: string) =>
    problems.error(
      [...path, 'allowPrivilegeEscalation'],
      `Invalid value: false: cannot set \`allowPrivilegeEscalation\` to false and ${what}`,
    );
  if (security.privileged === true) refuse('`privileged` to true');
  if (security.capabilities?.add?.some((name) => name !== undefined && bareCapability(name) === 'SYS_ADMIN')) {
    refuse('`capabilities.Add` CAP_SYS_ADMIN');
  }
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

/** The kubelet refuses to start such a container; where the user id is known now, so is the refusal. */
function checkNonRoot(container: LooseContainer, path: FieldPath, spec: LooseSpec, problems: ProblemSink): void {
  const nonRoot = container.securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot;
  const user = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  const known = container.rootfs !== undefined || container.image === 'host';
  if (nonRoot !== true || !(user === 0 || (user === undefined && known))) return;
  const at =
    container.securityContext === undefined ? ['spec', 'securityContext', 'runAsNonRoot'] : [...path, 'runAsNonRoot'];
  problems.error(at, `container ${quoteValue(container.name)} has runAsNonRoot and would run as root`, {
    hint: 'set runAsUser to an id other than 0',
  });
}
