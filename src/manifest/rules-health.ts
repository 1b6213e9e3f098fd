/** Rules for probes and hooks of a container as a whole (Kubernetes validateProbe, validateLifecycle), and what this machine adds. */
import { closestWord } from '../util/closest-word.ts';
import { parseSignal, signalNames } from '../util/signal-name.ts';
import { type FieldPath, forbidden, invalid, type ProblemSink, required, unsupported } from './field-problem.ts';
import { isIpAddress } from './ip-address.ts';
import { portNameComplaint } from './name-rules.ts';
import type { ContainerContext } from './rules-container.ts';
import { checkNoNul, checkRange } from './rules-values.ts';
import type { LooseContainer } from './schema.ts';

type Probe = NonNullable<LooseContainer['livenessProbe']>;
type Lifecycle = NonNullable<LooseContainer['lifecycle']>;
type Handler = NonNullable<Lifecycle['preStop']> & Pick<Probe, 'grpc'>;

const probeNames = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const handlerNames = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const;
const hookHandlers = ['exec', 'httpGet', 'tcpSocket', 'sleep'] as const;
const numbers = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

/** All of a container that runs on; an init container that is to end has none of it. */
export function checkHealth(
  container: LooseContainer,
  path: FieldPath,
  context: ContainerContext,
  problems: ProblemSink,
): void {
  if (isEnding(path, container)) return refuseOfInit(container, path, problems);
  for (const name of probeNames) {
    const probe = container[name];
    if (probe !== undefined) checkProbe(probe, name, { container, path: [...path, name] }, problems);
  }
  if (container.lifecycle !== undefined)
    checkLifecycle(container.lifecycle, context, { container, path: [...path, 'lifecycle'] }, problems);
  checkTerminationPath(container.terminationMessagePath, [...path, 'terminationMessagePath'], problems);
}

interface Place {
  readonly container: LooseContainer;
  readonly path: FieldPath;
}

const isEnding = (path: FieldPath, { restartPolicy }: LooseContainer): boolean =>
  path.includes('initContainers') && restartPolicy !== 'Always';

function refuseOfInit(container: LooseContainer, path: FieldPath, problems: ProblemSink): void {
  for (const name of ['lifecycle', ...probeNames] as const) {
    if (container[name] === undefined) continue;
    problems.error([...path, name], forbidden('may not be set for init containers without restartPolicy=Always'), {
      at: 'key',
    });
  }
}

function checkProbe(
  probe: Probe,
  name: (typeof probeNames)[number],
  { container, path }: Place,
  problems: ProblemSink,
) {
  checkOneHandler(probe, handlerNames, path, problems);
  checkHandler(probe, { container, path }, problems);
  for (const number of numbers) checkAtLeastZero(probe[number], [...path, number], problems);
  const { successThreshold, terminationGracePeriodSeconds: grace } = probe;
  if (name !== 'readinessProbe' && successThreshold !== undefined && successThreshold > 1)
    problems.error([...path, 'successThreshold'], invalid(successThreshold, 'must be 1'));
  if (grace === undefined) return;
  const at = [...path, 'terminationGracePeriodSeconds'];
  if (name === 'readinessProbe') problems.error(at, invalid(grace, 'must not be set for readinessProbes'));
  else if (grace <= 0) problems.error(at, invalid(grace, 'must be greater than 0'));
}

/** In the order in which Kubernetes looks at them; one that was cut out as wrong counts as given. */
function checkOneHandler(value: object, names: readonly string[], path: FieldPath, problems: ProblemSink): void {
  const given = names.filter((name) => name in value);
  if (given.length === 0)
    problems.error(path, required('must specify a handler type'), { hint: `one of ${names.join(', ')}` });
  for (const name of given.slice(1))
    problems.error([...path, name], forbidden('may not specify more than 1 handler type'), {
      at: 'key',
      hint: `remove it or ${given[0]}`,
    });
}

function checkAtLeastZero(value: number | undefined, path: FieldPath, problems: ProblemSink): void {
  if (value !== undefined && value < 0) problems.error(path, invalid(value, 'must be greater than or equal to 0'));
}

function checkHandler({ exec, httpGet, tcpSocket, grpc }: Handler, place: Place, problems: ProblemSink): void {
  const { path } = place;
  if (exec !== undefined) checkExec(exec.command, exec, [...path, 'exec', 'command'], problems);
  if (httpGet !== undefined) checkHttpGet(httpGet, { ...place, path: [...path, 'httpGet'] }, problems);
  if (tcpSocket !== undefined) {
    checkPort(tcpSocket.port, { ...place, path: [...path, 'tcpSocket', 'port'] }, problems);
    warnHostName(tcpSocket.host, [...path, 'tcpSocket', 'host'], problems);
  }
  checkRange(grpc?.port, [1, 65_535], [...path, 'grpc', 'port'], problems);
}

function checkExec(
  command: readonly (string | undefined)[] | undefined,
  exec: object,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (command === undefined ? !('command' in exec) : command.length === 0) problems.error(path, required());
  command?.forEach((word, index) => {
    checkNoNul(word, [...path, index], problems);
  });
}

const schemes = ['HTTP', 'HTTPS'] as const;

function checkHttpGet(httpGet: NonNullable<Handler['httpGet']>, place: Place, problems: ProblemSink): void {
  const { path } = place;
  const { scheme } = httpGet;
  if (scheme && !schemes.some((known) => known === scheme))
    problems.error([...path, 'scheme'], unsupported(scheme, schemes));
  checkPort(httpGet.port, { ...place, path: [...path, 'port'] }, problems);
  warnHostName(httpGet.host, [...path, 'host'], problems);
  httpGet.httpHeaders?.forEach((header, index) => {
    const name = header?.name ?? (header === undefined || 'name' in header ? undefined : '');
    if (name === undefined || /^[-A-Za-z0-9]+$/.test(name)) return;
    const told = [...path, 'httpHeaders'];
    problems.error([...told, index, 'name'], invalid(name, headerComplaint), { told });
  });
}

/** IsHTTPHeaderName */
const headerComplaint =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

/** Kubernetes takes a name that no port has, and finds out when it probes. */
function checkPort(port: number | string | undefined, { container, path }: Place, problems: ProblemSink): void {
  if (typeof port === 'number') return checkRange(port, [1, 65_535], path, problems);
  if (port === undefined) return;
  const complaint = portNameComplaint(port);
  const hint = /^\d+$/.test(port) ? 'remove the quotes' : undefined;
  if (complaint !== undefined) return problems.error(path, invalid(port, complaint), { hint });
  const names = container.ports?.flatMap((candidate) => candidate?.name || []) ?? [];
  if (names.includes(port)) return;
  const near = closestWord(port, names);
  problems.warn(path, `no port of the container is called ${port}: it can never be reached`, {
    hint: near === undefined ? 'ports are named in ports[].name' : `did you mean "${near}"?`,
  });
}

/** The kubelet looks names up by the machine's resolver. */
function warnHostName(host: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (!host || host === 'localhost' || isIpAddress(host)) return;
  problems.warn(path, `it fails: PID 1 looks up no names, and ${host} is no IP address`, {
    hint: 'without host it goes to the pod’s own address; a name for virtual hosts is an httpHeader, Host',
  });
}

function checkLifecycle(lifecycle: Lifecycle, { spec }: ContainerContext, place: Place, problems: ProblemSink): void {
  const grace = spec.terminationGracePeriodSeconds ?? 30;
  for (const name of ['postStart', 'preStop'] as const) {
    const hook = lifecycle[name];
    if (hook === undefined) continue;
    const path = [...place.path, name];
    checkOneHandler(hook, hookHandlers, path, problems);
    checkHandler(hook, { ...place, path }, problems);
    if (hook.tcpSocket !== undefined)
      problems.warn([...path, 'tcpSocket'], 'here it connects; in Kubernetes it is deprecated, and fails', {
        at: 'key',
      });
    checkSleep(hook.sleep?.seconds, grace, [...path, 'sleep'], problems);
  }
  checkStopSignal(lifecycle.stopSignal, spec.os?.name, [...place.path, 'stopSignal'], problems);
}

function checkSleep(seconds: number | undefined, graceSeconds: number, path: FieldPath, problems: ProblemSink): void {
  if (seconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
  problems.error(
    path,
    invalid(seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`),
  );
}

/** Kubernetes wants to know the operating system before it takes a signal. */
function checkStopSignal(signal: string | undefined, os: string | undefined, path: FieldPath, problems: ProblemSink) {
  if (!signal) return;
  if (!os)
    problems.error(path, forbidden('may not be set for containers with empty `spec.os.name`'), {
      hint: 'spec: {os: {name: linux}}',
    });
  if (!signal.startsWith('SIG') || parseSignal(signal) === undefined)
    problems.error(
      path,
      unsupported(
        signal,
        signalNames.map((name) => `SIG${name}`),
      ),
    );
}

function checkTerminationPath(written: string | undefined, path: FieldPath, problems: ProblemSink): void {
  checkNoNul(written, path, problems);
  if (written && !written.startsWith('/')) problems.warn(path, 'no absolute path; it is taken from /');
}
