/** One program of `processes` with every default filled in. */
import type {
  DependencySpec,
  ProgramBackoffSpec,
  ProgramLogsSpec,
  ProgramReloadSpec,
  ProgramRestartSpec,
  ProgramSpec,
  ProgramStopSpec,
  ScheduleSpec,
} from '../model/pod-spec.ts';
import { processDefaults } from '../model/program-defaults.ts';
import { parseDuration } from '../util/duration.ts';
import { parseQuantity, quantityUnits } from '../util/quantity.ts';
import { parseSignal } from '../util/signal-name.ts';
import { bareCapability } from './container-capabilities.ts';
import { type Environment, expandIn, homeOfId, withDefaults } from './normalise-env.ts';
import { stopSignalOf } from './normalise-health.ts';
import { type InheritedIdentity, normaliseIdentity } from './normalise-identity.ts';
import { normaliseLiveness, normaliseReadiness } from './normalise-probe.ts';
import { normaliseProgramResources } from './normalise-resources.ts';
import { parseRlimitValue, parseSeconds, parseUmask, restartPolicy, rlimitName } from './process-values.ts';
import type { ContainerInput, ProcessInput } from './schema.ts';

/** Defaults of processDefaults; what is not said of user, groups and directory comes from the container, the environment too. */
export function normaliseProcess(process: ProcessInput, container: ContainerInput, inherited: Inherited): ProgramSpec {
  const { values } = inherited.env;
  const identity = normaliseIdentity(process, inherited);
  const home = identity.userName === undefined ? homeOfId(identity.uid) : undefined;
  const expand = (words: readonly string[]): string[] => words.map((word) => expandIn(inherited.env, word));
  const optional = optionalParts(process, container, expand);
  return {
    ...processDefaults,
    name: process.name,
    argv: expand([...process.command, ...(process.args ?? [])]),
    env: withDefaults(values, { home, hostname: inherited.hostname }),
    workingDir: process.workingDir || inherited.workingDir,
    ...identity,
    umask: parseUmask(process.umask ?? '') ?? processDefaults.umask,
    nice: process.nice ?? processDefaults.nice,
    rlimits: normaliseRlimits(process.rlimits),
    essential: process.essential ?? processDefaults.essential,
    autostart: process.autostart ?? processDefaults.autostart,
    stdin: process.stdin ?? processDefaults.stdin,
    tty: process.tty ?? processDefaults.tty,
    dependsOn: normaliseDependencies(process.dependsOn),
    restart: normaliseRestart(process),
    stop: normaliseStop(process.stop, stopSignalOf(container), expand),
    resources: normaliseProgramResources(process.resources),
    logs: normaliseLogs(process.logs),
    ...optional,
  };
}

/** What a program has of its container unless it says otherwise. */
export interface Inherited extends InheritedIdentity {
  /** with the program's own over it */
  readonly env: Environment;
  /** undefined: the machine's */
  readonly hostname: string | undefined;
  readonly workingDir: string;
}

type Expand = (words: readonly string[]) => string[];
type OptionalPart = 'oomScoreAdj' | 'capabilities' | 'instances' | 'readiness' | 'liveness' | 'reload' | 'schedule';

function optionalParts(
  process: ProcessInput,
  container: ContainerInput,
  expand: Expand,
): Partial<Pick<ProgramSpec, OptionalPart>> {
  const { oomScoreAdj, capabilities, instances, readiness, liveness, reload, schedule } = process;
  return {
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    ...(capabilities === undefined ? {} : { capabilities: [...new Set(capabilities.map(bareCapability))] }),
    ...(instances === undefined ? {} : { instances }),
    ...(readiness === undefined ? {} : { readiness: normaliseReadiness(readiness, container) }),
    ...(liveness === undefined ? {} : { liveness: normaliseLiveness(liveness, container) }),
    ...(reload === undefined ? {} : { reload: normaliseReload(reload, expand) }),
    ...(schedule === undefined ? {} : { schedule: normaliseSchedule(schedule) }),
  };
}

function normaliseRlimits(written: ProcessInput['rlimits']): ProgramSpec['rlimits'] {
  const limits = Object.entries(written ?? {}).flatMap(([key, limit]) => {
    const name = rlimitName(key);
    if (name === undefined) return [];
    const { soft, hard } = typeof limit === 'object' ? limit : { soft: limit, hard: limit };
    return [[name, { soft: parseRlimitValue(name, soft) ?? 0, hard: parseRlimitValue(name, hard) ?? 0 }] as const];
  });
  return Object.fromEntries(limits);
}

function normaliseDependencies(dependsOn: ProcessInput['dependsOn']): DependencySpec[] {
  return Object.entries(dependsOn ?? {}).map(([program, written]) => {
    const { condition, cascade } = typeof written === 'object' ? written : { condition: written };
    return { program, condition, cascade: cascade ?? false };
  });
}

function normaliseRestart(process: ProcessInput): ProgramRestartSpec {
  const { restart } = process;
  const rules = typeof restart === 'object' ? restart : undefined;
  const defaults = processDefaults.restart;
  return {
    policy: restartPolicy(process),
    exitCodes: rules?.exitCodes ?? defaults.exitCodes,
    startMs: parseSeconds(rules?.startSeconds ?? '') ?? defaults.startMs,
    startRetries: rules?.startRetries ?? defaults.startRetries,
    backoff: normaliseBackoff(rules?.backoff),
  };
}

type Backoff = Exclude<NonNullable<ProcessInput['restart']>, string>['backoff'];

function normaliseBackoff(backoff: Backoff): ProgramBackoffSpec {
  const defaults = processDefaults.restart.backoff;
  return {
    initialMs: parseDuration(backoff?.initial ?? '') ?? defaults.initialMs,
    maxMs: parseDuration(backoff?.max ?? '') ?? defaults.maxMs,
    factor: backoff?.factor ?? defaults.factor,
    jitter: backoff?.jitter ?? defaults.jitter,
    resetAfterMs: parseDuration(backoff?.resetAfter ?? '') ?? defaults.resetAfterMs,
  };
}

/** `ofContainer`: its lifecycle.stopSignal, for programs that name none. */
function normaliseStop(stop: ProcessInput['stop'], ofContainer: number | undefined, expand: Expand): ProgramStopSpec {
  const defaults = processDefaults.stop;
  const graceMs = parseSeconds(stop?.graceSeconds ?? '') ?? defaults.graceMs;
  return {
    signal: parseSignal(stop?.signal ?? '') ?? ofContainer ?? defaults.signal,
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(stop?.command === undefined ? {} : { command: expand(stop.command) }),
    wholeTree: stop?.wholeTree ?? defaults.wholeTree,
  };
}

function normaliseReload({ signal, command }: NonNullable<ProcessInput['reload']>, expand: Expand): ProgramReloadSpec {
  if (command !== undefined) return { kind: 'command', argv: expand(command) };
  return { kind: 'signal', signal: parseSignal(signal ?? '') ?? 1 };
}

function normaliseSchedule(written: NonNullable<ProcessInput['schedule']>): ScheduleSpec {
  const schedule = typeof written === 'string' ? { cron: written } : written;
  const { cron, timeZone, every, concurrencyPolicy } = schedule;
  const everyMs = parseDuration(every ?? '');
  return {
    ...(cron === undefined ? {} : { cron: cron.trim() }),
    ...(cron === undefined || timeZone === undefined ? {} : { timeZone }),
    ...(everyMs === undefined ? {} : { everyMs }),
    concurrency: concurrencyPolicy === 'Replace' ? 'replace' : 'forbid',
  };
}

function normaliseLogs(logs: ProcessInput['logs']): ProgramLogsSpec {
  const defaults = processDefaults.logs;
  const size = logs?.maxSize === undefined ? undefined : parseQuantity(String(logs.maxSize));
  return {
    ...(logs?.prefix === undefined ? {} : { prefix: logs.prefix }),
    format: logs?.format ?? defaults.format,
    maxBytes: size === undefined ? defaults.maxBytes : quantityUnits(size),
    maxFiles: logs?.maxFiles ?? defaults.maxFiles,
  };
}
