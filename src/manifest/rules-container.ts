/** Rules for one container (Kubernetes validateContainer), for containers and init containers alike. */
import { duplicate, type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { addressComplaint, dnsLabelComplaint, portNameComplaint } from './name-rules.ts';
import { checkDevices } from './rules-devices.ts';
import { checkEnv, checkEnvSources } from './rules-env.ts';
import { checkHealth } from './rules-health.ts';
import { checkResizePolicy } from './rules-resize-policy.ts';
import { checkResources } from './rules-resources.ts';
import { checkRestartRules } from './rules-restart.ts';
import { checkContainerSecurity } from './rules-security.ts';
import { checkAbsolutePath, checkNoNul } from './rules-values.ts';
import type { LooseContainer, LooseSpec } from './schema.ts';

/** What the rules of a container need to know of its surroundings. */
export interface ContainerContext {
  readonly spec: LooseSpec;
  /** of initContainers */
  readonly isInit: boolean;
  /** of a template, where blanks around an image are let through */
  readonly isTemplate: boolean;
  /** podctl.dev/v1 */
  readonly isOurs: boolean;
}

export function checkContainer(
  container: LooseContainer,
  path: FieldPath,
  context: ContainerContext,
  problems: ProblemSink,
): void {
  checkName(container.name, [...path, 'name'], problems);
  checkRoot(container, path, context.isTemplate, problems);
  checkCommand(container, path, problems);
  checkEnv(container.env, [...path, 'env'], problems);
  checkEnvSources(container, path, problems);
  checkPorts(container.ports, [...path, 'ports'], context, problems);
  checkResources(container.resources, { level: 'container', isOurs: context.isOurs }, [...path, 'resources'], problems);
  checkDevices(container, [...path, 'devices'], problems);
  checkRestartRules(container, path, problems);
  checkHealth(container, path, context, problems);
  checkResizePolicy(container, path, context.spec.restartPolicy, problems);
  checkContainerSecurity(container, [...path, 'securityContext'], context, problems);
}

function checkName(name: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (name === '') problems.error(path, required());
  const complaint = name ? dnsLabelComplaint(name) : undefined;
  if (complaint !== undefined) problems.error(path, invalid(name, complaint));
}

function checkRoot(container: LooseContainer, path: FieldPath, isTemplate: boolean, problems: ProblemSink): void {
  const { image, rootfs } = container;
  if (rootfs !== undefined) {
    if (image)
      problems.error([...path, 'image'], forbidden('may not be given together with rootfs'), {
        hint: 'remove one of them',
      });
    checkAbsolutePath(rootfs.path, [...path, 'rootfs', 'path'], problems);
  } else if (image === '' || (image === undefined && !('image' in container))) {
    problems.error([...path, 'image'], required(), { hint: 'image: host runs programs of this machine' });
  } else if (image !== undefined) {
    checkImage(image, [...path, 'image'], isTemplate, problems);
  }
}

function checkImage(image: string, path: FieldPath, isTemplate: boolean, problems: ProblemSink): void {
  if (image.trim() !== image && !isTemplate)
    problems.error(path, invalid(image, 'must not have leading or trailing whitespace'));
  else if (image !== 'host') {
    problems.warn(path, `this version cannot pull images, the container will wait`, {
      hint: 'image: host runs programs of this machine',
    });
  }
}

function checkCommand(container: LooseContainer, path: FieldPath, problems: ProblemSink): void {
  const onMachine = container.rootfs !== undefined || container.image === 'host';
  const missing = container.command === undefined ? !('command' in container) : container.command.length === 0;
  if (onMachine && missing && !('processes' in container)) {
    const what = container.rootfs === undefined ? 'image host' : 'rootfs';
    problems.error([...path, 'command'], required(`command is required with ${what}`), {
      hint: `${what} has no entrypoint of its own; args alone do not start anything`,
    });
  }
  if (onMachine && container.command?.[0] === '')
    problems.error([...path, 'command', 0], required('the program to run'));
  for (const name of ['command', 'args'] as const) {
    container[name]?.forEach((word, index) => {
      checkNoNul(word, [...path, name, index], problems);
    });
  }
  checkWorkingDir(container.workingDir, [...path, 'workingDir'], problems);
}

/** Kubernetes takes any text here and its runtime then refuses the start; the mistake is told at once instead. */
export function checkWorkingDir(workingDir: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (workingDir && !workingDir.startsWith('/')) problems.error(path, invalid(workingDir, 'must be an absolute path'));
  checkNoNul(workingDir, path, problems);
}

function checkPorts(
  ports: LooseContainer['ports'],
  path: FieldPath,
  context: ContainerContext,
  problems: ProblemSink,
): void {
  const names = new Set<string>();
  ports?.forEach((port, index) => {
    const at = [...path, index];
    const name = port?.name;
    const complaint = name ? portNameComplaint(name) : undefined;
    if (complaint !== undefined) problems.error([...at, 'name'], invalid(name, complaint));
    else if (name && names.has(name)) problems.error([...at, 'name'], duplicate(name));
    if (name) names.add(name);
    checkPortNumber(port?.containerPort, [...at, 'containerPort'], problems);
    if (port?.hostPort) checkPortNumber(port.hostPort, [...at, 'hostPort'], problems);
    checkHostPort(port, at, context, problems);
    checkHostIP(port?.hostIP, [...at, 'hostIP'], problems);
  });
}

function checkPortNumber(port: number | undefined, path: FieldPath, problems: ProblemSink): void {
  if (port === undefined || (port >= 1 && port <= 65535)) return;
  problems.error(path, port === 0 ? required() : invalid(port, 'must be between 1 and 65535, inclusive'));
}

type Port = NonNullable<LooseContainer['ports']>[number];

/** Kubernetes lets any text through to the runtime, which refuses it. */
function checkHostIP(text: string | undefined, path: FieldPath, problems: ProblemSink): void {
  const complaint = text ? addressComplaint(text) : undefined;
  if (complaint !== undefined) problems.error(path, invalid(text, complaint));
}

function checkHostPort(port: Port, path: FieldPath, context: ContainerContext, problems: ProblemSink): void {
  if (!port?.hostPort || context.spec.hostNetwork !== true || context.isInit) return;
  if (port.containerPort === undefined || port.containerPort === port.hostPort) return;
  const message = invalid(port.hostPort, 'must match `containerPort` when `hostNetwork` is true');
  problems.error([...path, 'hostPort'], message);
}
