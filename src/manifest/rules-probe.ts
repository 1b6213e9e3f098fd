/** Rules for readiness and liveness of programs. */
import { closestWord } from '../util/closest-word.ts';
import { whyNotLinear } from '../util/linear-pattern.ts';
import { type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { isIpAddress } from './ip-address.ts';
import { messageOf } from './message-of.ts';
import type { ProcessContext } from './rules-process.ts';
import { checkRange, checkSeconds, checkWords } from './rules-values.ts';
import type { LooseContainer, LooseProcess } from './schema.ts';

const probeKinds = ['exec', 'httpGet', 'tcpSocket'] as const;
const readinessKinds = [...probeKinds, 'logLine', 'notify', 'notifyFd'] as const;
const delays = ['initialDelaySeconds', 'periodSeconds', 'startPeriodSeconds', 'timeoutSeconds'] as const;
const numbers = [...delays, 'successThreshold', 'failureThreshold'] as const;

/** A line of the program is matched against it again and again. */
const maxPatternLength = 1_000;
/** Kubernetes' int32. */
const maxThreshold = 2_147_483_647;

type Readiness = NonNullable<LooseProcess['readiness']>;
type Probe = NonNullable<LooseProcess['liveness']>;

export function checkReadiness(
  { readiness, schedule }: LooseProcess,
  context: ProcessContext,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (readiness === undefined) return;
  if (schedule !== undefined)
    problems.error(path, forbidden('a program with a schedule has no readiness: it comes and goes'), { at: 'key' });
  checkOneOf(readiness, readinessKinds, path, problems);
  checkProbe(readiness, context.container, path, problems);
  checkLogLine(readiness.logLine, [...path, 'logLine'], problems);
  checkNotify(readiness, context.container, path, problems);
  if (probeKinds.every((kind) => readiness[kind] === undefined)) refuseNumbers(readiness, path, problems);
}

export function checkLiveness(
  { liveness }: LooseProcess,
  context: ProcessContext,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (liveness === undefined) return;
  checkOneOf(liveness, probeKinds, path, problems);
  checkProbe(liveness, context.container, path, problems);
  const { successThreshold } = liveness;
  if (successThreshold !== undefined && successThreshold !== 1)
    problems.error([...path, 'successThreshold'], invalid(successThreshold, 'must be 1'));
  if (liveness.startPeriodSeconds !== undefined)
    problems.error([...path, 'startPeriodSeconds'], forbidden('only readiness has a start period'), { at: 'key' });
}

/** Exactly one of these fields; one that was cut out as wrong counts as given. */
export function checkOneOf(value: object, names: readonly string[], path: FieldPath, problems: ProblemSink): void {
  const [first, second] = names.filter((name) => name in value);
  if (first === undefined) problems.error(path, required(`must specify one of: ${names.join(', ')}`));
  else if (second !== undefined)
    problems.error([...path, second], forbidden(`may not be given together with ${first}`), {
      at: 'key',
      hint: 'remove one of them',
    });
}

function checkProbe(probe: Probe, container: LooseContainer, path: FieldPath, problems: ProblemSink): void {
  checkWords(probe.exec?.command, [...path, 'exec', 'command'], problems);
  for (const kind of ['httpGet', 'tcpSocket'] as const) {
    checkHost(probe[kind]?.host, [...path, kind, 'host'], problems);
    checkPort(probe[kind]?.port, container, [...path, kind, 'port'], problems);
  }
  checkHttp(probe.httpGet, [...path, 'httpGet'], problems);
  for (const name of delays) checkSeconds(probe[name], [...path, name], problems, leastMs[name]);
  checkRange(probe.successThreshold, [1, maxThreshold], [...path, 'successThreshold'], problems);
  checkRange(probe.failureThreshold, [1, maxThreshold], [...path, 'failureThreshold'], problems);
}

/** PID 1 has other things to do than to probe. */
const leastMs = { initialDelaySeconds: 0, periodSeconds: 10, startPeriodSeconds: 10, timeoutSeconds: 1 };

function checkHost(host: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (host === undefined || host === 'localhost' || isIpAddress(host)) return;
  problems.error(path, invalid(host, 'must be an IP address or localhost: PID 1 looks up no names'), {
    hint: 'without host the probe goes to localhost',
  });
}

/** A number, or the name of one of the container's ports, as in Kubernetes. */
function checkPort(
  port: number | string | undefined,
  container: LooseContainer,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (typeof port !== 'string') {
    checkRange(port, [1, 65_535], path, problems);
    return;
  }
  const names = container.ports?.flatMap((candidate) => candidate?.name || []) ?? [];
  if (names.includes(port)) return;
  const near = closestWord(port, names);
  const hint = /^\d+$/.test(port) ? 'remove the quotes' : near === undefined ? undefined : `did you mean "${near}"?`;
  problems.error(path, invalid(port, 'must be a number or the name of one of the container’s ports'), { hint });
}

function checkHttp(httpGet: Probe['httpGet'], path: FieldPath, problems: ProblemSink): void {
  const target = httpGet?.path;
  // what stands here goes into the request line as it is
  if (target !== undefined && target !== '' && !/^\/[!-~]*$/.test(target)) {
    problems.error(
      [...path, 'path'],
      invalid(target, 'must begin with / and hold no blanks and no control characters'),
      {
        hint: 'blanks and other letters are written with %, as in a URL',
      },
    );
  }
  httpGet?.httpHeaders?.forEach((header, index) => {
    const at = [...path, 'httpHeaders', index];
    if (header?.name !== undefined && !/^[!#$%&'*+.^_`|~\w-]+$/.test(header.name))
      problems.error([...at, 'name'], invalid(header.name, 'is not the name of an HTTP header'));
    if (header?.value !== undefined && !/^[\t -~\u{a0}-\u{ff}]*$/u.test(header.value))
      problems.error([...at, 'value'], invalid(header.value, 'must not contain control characters'));
  });
}

function checkLogLine(pattern: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (pattern === undefined) return;
  if (pattern === '') problems.error(path, required('a regular expression'));
  else if (pattern.length > maxPatternLength)
    problems.error(path, `Too long: may not be more than ${maxPatternLength} characters`);
  else {
    const mistake = messageOf(() => new RegExp(pattern));
    if (mistake === undefined) {
      checkLinear(pattern, path, problems);
      return;
    }
    const detail = mistake.replace(/^Invalid regular expression: .*: /s, '');
    problems.error(path, invalid(pattern, `must be a JavaScript regular expression: ${detail}`), {
      hint: 'a plain text with ( ) [ ] * + ? or \\ in it needs a \\ before each of them',
    });
  }
}

/** PID 1 matches what programs print: it must not be held up by an unlucky line. */
function checkLinear(pattern: string, path: FieldPath, problems: ProblemSink): void {
  const obstacle = whyNotLinear(pattern);
  if (obstacle === undefined) return;
  problems.error(path, invalid(pattern, `cannot be matched in linear time: it uses ${obstacle}`), {
    hint: 'say it without; x+ instead of x{20} often does',
  });
}

function checkNotify(readiness: Readiness, container: LooseContainer, path: FieldPath, problems: ProblemSink): void {
  checkRange(readiness.notifyFd, [3, 9], [...path, 'notifyFd'], problems);
  if (readiness.notify === undefined) return;
  if (!readiness.notify)
    problems.error([...path, 'notify'], invalid(false, 'must be true'), { hint: 'remove readiness to have none' });
  const { mnt = 'private' } = container.namespaces ?? {};
  const hint = 'NOTIFY_SOCKET is a file in a /dev of the container’s own; notifyFd needs none';
  if (mnt !== 'private')
    problems.error([...path, 'notify'], forbidden(`needs namespaces.mnt: private, and it is ${mnt}`), { hint });
  else if (container.securityContext?.privileged === true)
    problems.error([...path, 'notify'], forbidden('a privileged container has the machine’s /dev'), { hint });
}

function refuseNumbers(readiness: Readiness, path: FieldPath, problems: ProblemSink): void {
  for (const name of numbers) {
    if (readiness[name] === undefined) continue;
    problems.error([...path, name], forbidden('only exec, httpGet and tcpSocket have it'), { at: 'key' });
  }
}
