/** A file of `processes` judged and filled in exactly as in a pod: it is put into one, and what is wrong is told by its own places. Pure. */

import type { FieldProblem } from '../manifest/field-problem.ts';
import { fieldProblem, formatFieldPath } from '../manifest/field-problem.ts';
import { envNameComplaint } from '../manifest/name-rules.ts';
import { referencesOf } from '../manifest/references.ts';
import { inspectPod } from '../manifest/validate-pod.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import { mainProgramName } from '../model/program-name.ts';
import { decodeDocuments, type FileContext } from './processes-document.ts';

/** What programs have of podinit itself unless the file says otherwise. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** names without CAP_ of what podinit may itself */
  readonly capabilities: readonly string[];
  readonly workingDir: string;
  /** one more program, essential, named main */
  readonly command?: readonly string[];
}

export interface ParsedProcesses {
  /** a pod of one container; absent when there is an error */
  readonly pod?: PodSpec;
  /** names of programs whose HOME is podinit's own: they run as its user and name no other */
  readonly ownHome: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Never throws. */
export function parseProcesses(text: string, file: string, surroundings: Surroundings): ParsedProcesses {
  const document = decodeDocuments(text, file);
  if (!document.ok) return { ownHome: new Set(), diagnostics: document.error };
  const { value } = document;
  const written = value.processes;
  const clash = surroundings.command === undefined ? undefined : nameClash(value);
  if (clash !== undefined) return { ownHome: new Set(), diagnostics: [clash] };
  const verdict = inspectPod(podOf(written.map(withoutDev), surroundings));
  const tell = (severity: Diagnostic['severity']) => (problem: FieldProblem) =>
    value.diagnose(severity, localProblem(problem));
  const isLocal = ({ path }: FieldProblem): boolean => path[3] === 'processes';
  const foreign = verdict.pod === undefined ? [] : needsPodd(verdict.pod.manifest);
  return {
    ...(verdict.pod === undefined || foreign.length > 0 ? {} : { pod: verdict.pod.spec }),
    ownHome: new Set(written.filter(runsAsSelf).map(({ name }) => String(name))),
    diagnostics: [
      ...value.diagnostics,
      ...[...verdict.errors, ...foreign].map(tell('error')),
      ...verdict.warnings.filter(isLocal).map(tell('warning')),
    ].sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column),
  };
}

/** Contents that podd keeps, or reads when a pod is applied. */
function needsPodd(manifest: PodManifest): readonly FieldProblem[] {
  const { objects, envFiles } = referencesOf(manifest);
  return [...objects, ...envFiles].map(({ path }) =>
    fieldProblem(path, 'needs podd, which podinit runs without', { hint: 'write the variables into env' }),
  );
}

type Process = Readonly<Record<string, unknown>>;

/** What podctl dev does on the machine that the sources are on is nothing to podinit, and its paths start from there. */
const withoutDev = (process: Process | null): Process | null => {
  if (process === null || typeof process !== 'object' || !('dev' in process)) return process;
  const { dev: _, ...rest } = process;
  return rest;
};

/** `spec.containers[0].processes[1].name` → `processes[1].name` */
function localProblem(problem: FieldProblem): FieldProblem {
  const path = problem.path.slice(3);
  return { ...problem, path, field: formatFieldPath(path) };
}

function nameClash({ processes, diagnose }: FileContext): Diagnostic | undefined {
  const index = processes.findIndex((process) => process?.name === mainProgramName);
  if (index < 0) return undefined;
  const path = ['processes', index, 'name'];
  return diagnose('error', {
    path,
    field: formatFieldPath(path),
    message: `Duplicate value: "${mainProgramName}": the COMMAND after -- has this name`,
    hint: 'rename the program',
  });
}

const runsAsSelf = (process: Process | null): process is Process =>
  process !== null && typeof process === 'object' && process.user === undefined && !hasOwnHome(process.env);

function hasOwnHome(env: unknown): boolean {
  if (Array.isArray(env)) return env.some((variable) => (variable as Process | null)?.name === 'HOME');
  return typeof env === 'object' && env !== null && 'HOME' in env;
}

function podOf(written: FileContext['processes'], surroundings: Surroundings): unknown {
  const { env, uid, gid, groups, capabilities, workingDir, command } = surroundings;
  const main = command === undefined ? [] : [mainProcess(command)];
  const container = {
    name: 'podinit',
    image: 'host',
    workingDir,
    env: Object.entries(env).flatMap(([name, value]) =>
      value === undefined || envNameComplaint(name) !== undefined ? [] : [{ name, value: literal(value) }],
    ),
    processes: [...written, ...main],
    securityContext: { runAsUser: uid, runAsGroup: gid, capabilities: { drop: ['ALL'], add: capabilities } },
  };
  return {
    apiVersion: 'podctl.dev/v1',
    kind: 'Pod',
    metadata: { name: 'podinit' },
    spec: {
      containers: [container],
      securityContext: { supplementalGroups: groups, supplementalGroupsPolicy: 'Strict' },
    },
  };
}

/** Not expanded: `$$` is a plain `$`. */
const literal = (text: string): string => text.replaceAll('$', '$$$$');

const mainProcess = (command: readonly string[]): Process => ({
  name: mainProgramName,
  command: command.map(literal),
  essential: true,
  restart: { policy: 'never', startSeconds: 0 },
});
