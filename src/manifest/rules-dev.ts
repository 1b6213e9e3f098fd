/** Rules for `dev` of containers and programs. */
import type { DevAction } from '../model/dev-rule.ts';
import { mainProgramName } from '../model/program-name.ts';
import { closestWord } from '../util/closest-word.ts';
import { parseDuration } from '../util/duration.ts';
import { type CheckEffort, maxSuggestions, newCheckEffort } from './check-effort.ts';
import { type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import { checkSignal } from './rules-process-restart.ts';
import { checkDelay, checkNoNul, checkWords } from './rules-values.ts';
import type { LooseContainer, LooseProcess, LooseSpec } from './schema.ts';

type LooseDev = NonNullable<LooseContainer['dev']>;
type LooseRule = NonNullable<NonNullable<LooseDev['watch']>[number]>;

/** Whose rules they are. */
interface Owner {
  readonly container: LooseContainer;
  /** absent: the container's own rules */
  readonly program?: LooseProcess;
  readonly effort: CheckEffort;
}

/** The dev rules of every container of the pod and of their programs. */
export function checkDevRules(spec: LooseSpec, problems: ProblemSink): void {
  const effort = newCheckEffort();
  for (const { container, path } of listedContainers(spec)) {
    checkRules(container.dev, { container, effort }, [...path, 'dev', 'watch'], problems);
    container.processes?.forEach((program, at) => {
      if (program === undefined) return;
      checkRules(program.dev, { container, program, effort }, [...path, 'processes', at, 'dev', 'watch'], problems);
    });
  }
}

function checkRules(dev: LooseDev | undefined, owner: Owner, path: FieldPath, problems: ProblemSink): void {
  dev?.watch?.forEach((rule, index) => {
    if (rule !== undefined) checkRule(rule, owner, [...path, index], problems);
  });
}

function checkRule(rule: LooseRule, owner: Owner, path: FieldPath, problems: ProblemSink): void {
  checkPaths(rule, path, problems);
  checkDebounce(rule.debounce, [...path, 'debounce'], problems);
  checkSignal(rule.signal, [...path, 'signal'], problems);
  checkCommand(rule.command, [...path, 'command'], problems);
  checkAbsolute(rule.directory, [...path, 'directory'], problems);
  checkAbsolute(rule.target, [...path, 'target'], problems);
  checkRestart(rule.restart, owner, [...path, 'restart'], problems);
  if (rule.action === undefined) return;
  checkFieldsOf(rule, rule.action, path, problems);
  if (rule.action === 'reload') checkReload(owner, [...path, 'action'], problems);
}

function checkPaths(rule: LooseRule, path: FieldPath, problems: ProblemSink): void {
  if (rule.paths?.length === 0) problems.error([...path, 'paths'], required('at least one file or directory'));
  rule.paths?.forEach((one, index) => {
    checkAbsolute(one, [...path, 'paths', index], problems);
  });
  for (const name of ['include', 'exclude'] as const) {
    rule[name]?.forEach((pattern, index) => {
      if (pattern === '') problems.error([...path, name, index], required('a gitignore pattern'));
    });
  }
}

/** Written relative it is absolute by now, unless it came without a file (kubectl). */
function checkAbsolute(written: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (written === undefined) return;
  if (written === '') problems.error(path, required());
  else if (written.includes('\0')) checkNoNul(written, path, problems);
  else if (!written.startsWith('/')) problems.error(path, invalid(written, 'must be an absolute path'));
}

const maxDebounceMs = 60_000;

function checkDebounce(written: string | undefined, path: FieldPath, problems: ProblemSink): void {
  checkDelay(written, path, problems);
  if ((parseDuration(written ?? '0') ?? 0) > maxDebounceMs)
    problems.error(path, invalid(written, 'must be at most 60s'), { hint: 'the default is 300ms' });
}

function checkCommand(command: LooseRule['command'], path: FieldPath, problems: ProblemSink): void {
  if (typeof command === 'string') {
    if (command.trim() === '') problems.error(path, required('the command to run'));
    checkNoNul(command, path, problems);
  } else checkWords(command, path, problems);
}

function checkRestart(
  names: LooseRule['restart'],
  { container, effort }: Owner,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const known = programNames(container);
  names?.forEach((name, index) => {
    if (name === undefined || known.includes(name)) return;
    const near = ++effort.suggestions > maxSuggestions ? undefined : closestWord(name, known);
    problems.error([...path, index], invalid(name, `the container has no program "${name}"`), {
      hint: near === undefined ? undefined : `did you mean "${near}"?`,
    });
  });
}

function programNames({ processes }: LooseContainer): readonly string[] {
  return processes === undefined ? [mainProgramName] : processes.flatMap((process) => process?.name ?? []);
}

/** What only some actions know: those that need it, and those that can do without. */
const actionFields = {
  signal: { needs: ['signal'], takes: [], what: 'the signal to send' },
  command: { needs: ['exec', 'rebuild', 'sync+exec'], takes: [], what: 'what to run' },
  directory: { needs: [], takes: ['rebuild'], what: 'where to run it' },
  target: { needs: ['sync', 'sync+restart', 'sync+exec'], takes: [], what: 'the absolute path in the container' },
  restart: { needs: [], takes: ['restart', 'exec', 'sync+restart', 'sync+exec'], what: 'which programs' },
  cascade: { needs: [], takes: ['restart', 'exec', 'sync+restart', 'sync+exec'], what: 'whether dependants too' },
} as const satisfies Readonly<
  Record<string, { readonly needs: readonly DevAction[]; readonly takes: readonly DevAction[]; readonly what: string }>
>;

function checkFieldsOf(rule: LooseRule, action: DevAction, path: FieldPath, problems: ProblemSink): void {
  for (const [name, { needs, takes, what }] of Object.entries(actionFields)) {
    const isGiven = name in rule;
    const actions: readonly DevAction[] = [...needs, ...takes];
    if (!isGiven && needs.some((one) => one === action))
      problems.error([...path, name], required(`${what}: action ${action} needs it`));
    else if (isGiven && !actions.includes(action))
      problems.error([...path, name], forbidden(`means nothing with action ${action}`), {
        at: 'key',
        hint: `it belongs to action ${actions.join(', ')}`,
      });
  }
}

/** Whoever is told to reload must know how. */
function checkReload({ container, program }: Owner, path: FieldPath, problems: ProblemSink): void {
  const able = program === undefined ? (container.processes ?? []) : [program];
  if (able.some((one) => one !== undefined && 'reload' in one)) return;
  const detail =
    program === undefined
      ? 'no program of the container says how it reloads'
      : `program "${program.name ?? ''}" does not say how it reloads`;
  problems.error(path, invalid('reload', detail), {
    hint: 'give it reload: {signal: HUP} or {command: […]}, or use action restart or signal',
  });
}
