/** Rules for fields of one operating system in a pod of another (Kubernetes validateOS, validateLinux, validateWindows, validateWindowsHostProcessPod). */
import { type FieldPath, forbidden, invalid, type ProblemSink, required, unsupported } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import { checkWindowsOptions } from './rules-windows-options.ts';
import type { LooseSpec } from './schema.ts';

export function checkSystem(spec: LooseSpec, problems: ProblemSink): void {
  checkOs(spec.os, problems);
  const contexts = [
    { security: spec.securityContext, path: ['spec', 'securityContext'] as FieldPath },
    ...listedContainers(spec).map(({ container, path }) => ({
      security: container.securityContext,
      path: [...path, 'securityContext'],
    })),
  ];
  contexts.forEach(({ security, path }, index) => {
    const options = security?.windowsOptions;
    if (options !== undefined) checkWindowsOptions(options, [...path, 'windowsOptions'], problems);
    if (options !== undefined && spec.os?.name === 'linux')
      refuse([...path, 'windowsOptions'], 'windows options cannot be set for a linux pod', problems);
    if (spec.os?.name === 'windows') refuseGiven(security, index === 0 ? ofPods : ofContainers, path, problems);
  });
  if (spec.os?.name === 'windows') refuseGiven(spec, namespaces, ['spec'], problems);
  checkHostProcesses(spec, problems);
}

const systems = ['linux', 'windows'];

/** Kubernetes names os, not its name. */
function checkOs(os: LooseSpec['os'], problems: ProblemSink): void {
  if (os === undefined) return;
  const { name } = os;
  if (name === '' || !Object.hasOwn(os, 'name')) problems.error(['spec', 'os', 'name'], required('cannot be empty'));
  else if (name !== undefined && !systems.includes(name))
    problems.error(['spec', 'os', 'name'], unsupported(name, systems), { told: ['spec', 'os'] });
}

/** Of no meaning on Windows. */
const shared = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'runAsUser', 'runAsGroup'];
const ofPods = [
  ...shared,
  ...['fsGroup', 'fsGroupChangePolicy', 'sysctls', 'supplementalGroups', 'supplementalGroupsPolicy'],
  'seLinuxChangePolicy',
];
const ofContainers = [
  ...shared,
  ...['capabilities', 'readOnlyRootFilesystem', 'privileged', 'allowPrivilegeEscalation', 'procMount'],
];
const namespaces = ['hostUsers', 'shareProcessNamespace'];
/** Where false is as good as absent. */
const flags = ['hostPID', 'hostIPC'];

function refuseGiven(of: object | undefined, fields: readonly string[], path: FieldPath, problems: ProblemSink): void {
  const given = fields.filter((field) => of !== undefined && Object.hasOwn(of, field));
  const set = fields === namespaces ? flags.filter((field) => Reflect.get(of ?? {}, field) === true) : [];
  for (const field of [...given, ...set]) refuse([...path, field], 'cannot be set for a windows pod', problems);
}

const refuse = (path: FieldPath, words: string, problems: ProblemSink): void =>
  problems.error(path, forbidden(words), { at: 'key' });

/** Processes of a Windows machine itself: all containers are, or none, and on its network. */
function checkHostProcesses(spec: LooseSpec, problems: ProblemSink): void {
  const whole = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = listedContainers(spec);
  const own = containers.map(({ container }) => container.securityContext?.windowsOptions?.hostProcess);
  own.forEach((value, index) => {
    if (whole === undefined || value === undefined || value === whole) return;
    const path = [...(containers[index]?.path ?? []), 'securityContext', 'windowsOptions', 'hostProcess'];
    const words = `pod hostProcess value must be identical if both are specified, was ${whole}`;
    problems.error(path, invalid(value, words));
  });
  const count = own.filter((value) => value ?? whole).length;
  if (count === 0) return;
  const all = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
  if (count < containers.length) problems.error(['spec'], invalid('', all), { at: 'key' });
  if (spec.hostNetwork === true) return;
  const words = 'hostNetwork must be true if pod contains any hostProcess containers';
  problems.error(['spec', 'hostNetwork'], invalid(false, words));
}
