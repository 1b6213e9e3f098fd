/** Rules for one program of `processes`. */
import type { CheckEffort } from './check-effort.ts';
import { type FieldPath, forbidden, type ProblemSink } from './field-problem.ts';
import { checkWorkingDir } from './rules-container.ts';
import { checkEnv, checkEnvName, checkEnvSources, isEnvList } from './rules-env.ts';
import { checkLogs } from './rules-logs.ts';
import { checkLiveness, checkReadiness } from './rules-probe.ts';
import { checkIdentity } from './rules-process-identity.ts';
import { checkReload, checkRestart, checkStop } from './rules-process-restart.ts';
import { checkResources } from './rules-resources.ts';
import { checkSchedule } from './rules-schedule.ts';
import { checkNoNul, checkRange, checkWords } from './rules-values.ts';
import type { LooseContainer, LooseProcess, LooseSpec } from './schema.ts';

/** What the rules of a program need to know of its surroundings. */
export interface ProcessContext {
  readonly spec: LooseSpec;
  readonly container: LooseContainer;
  readonly effort: CheckEffort;
}

export function checkProcess(
  process: LooseProcess,
  context: ProcessContext,
  path: FieldPath,
  problems: ProblemSink,
): void {
  checkCommand(process, path, problems);
  checkIdentity(process, context, path, problems);
  checkRange(process.instances, [0, 1_000], [...path, 'instances'], problems);
  checkReadiness(process, context, [...path, 'readiness'], problems);
  checkLiveness(process, context, [...path, 'liveness'], problems);
  checkRestart(process, [...path, 'restart'], problems);
  checkStop(process.stop, context.spec, [...path, 'stop'], problems);
  checkReload(process.reload, [...path, 'reload'], problems);
  checkSchedule(process, context.effort, [...path, 'schedule'], problems);
  checkResources(process.resources, { level: 'program', isOurs: true }, [...path, 'resources'], problems);
  checkLogs(process.logs, [...path, 'logs'], problems);
  if (process.essential === true && process.schedule !== undefined)
    problems.error([...path, 'essential'], forbidden('may not be given together with schedule'), {
      hint: 'a program that comes and goes cannot keep its container',
    });
}

function checkCommand(process: LooseProcess, path: FieldPath, problems: ProblemSink): void {
  checkWords(process.command, [...path, 'command'], problems);
  process.args?.forEach((word, index) => {
    checkNoNul(word, [...path, 'args', index], problems);
  });
  checkWorkingDir(process.workingDir, [...path, 'workingDir'], problems);
  checkProcessEnv(process.env, [...path, 'env'], problems);
  checkEnvSources(process, path, problems);
}

function checkProcessEnv(env: LooseProcess['env'], path: FieldPath, problems: ProblemSink): void {
  const warnInstance = (name: string | undefined, at: FieldPath) => {
    if (name === 'INSTANCE') problems.warn(at, 'INSTANCE is always the number of the instance, ignored');
  };
  if (isEnvList(env)) {
    checkEnv(env, path, problems);
    env.forEach((variable, index) => {
      warnInstance(variable?.name, [...path, index, 'name']);
    });
    return;
  }
  for (const [name, value] of Object.entries(env ?? {})) {
    // the rule's place is a value; here the name is the key
    checkEnvName(name, [...path, name], {
      ...problems,
      error: (at, message) => problems.error(at, message, { at: 'key' }),
    });
    checkNoNul(value, [...path, name], problems);
    warnInstance(name, [...path, name]);
  }
}
