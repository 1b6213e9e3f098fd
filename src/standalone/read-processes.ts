/** A file of processes from disk, with podinit's own surroundings, as plans; diagnostics printed. */
import { readFileSync } from 'node:fs';
import { hostname, totalmem } from 'node:os';
import { programVariable } from '../init/proc-tree.ts';
import { permittedCapabilities } from '../linux/process.ts';
import { decodeUtf8 } from '../manifest/decode-utf8.ts';
import { formatDiagnostic } from '../manifest/format-diagnostic.ts';
import { capabilityNames } from '../model/capability-names.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import { type ParsedProcesses, parseProcesses, type Surroundings } from './parse-processes.ts';
import { planProcesses } from './plan-processes.ts';

export interface ReadProcesses {
  /** absent: the file has errors, which `problems` tell */
  readonly plans?: readonly ProgramPlan[];
  readonly pod?: PodSpec;
  /** for people: errors and warnings with place and caret */
  readonly problems: readonly string[];
}

export interface ReadOptions {
  readonly command?: readonly string[];
  /** over every program's environment */
  readonly variables: Readonly<Record<string, string>>;
}

/** Reads anew what may have changed: the file, not podinit's own surroundings. `-` is standard input. Never throws. */
export function readProcesses(file: string, options: ReadOptions): ReadProcesses {
  const surroundings = ownSurroundings(options.command);
  const parsed = parseFile(file, surroundings);
  const color = process.stderr.isTTY === true && !process.env.NO_COLOR;
  const problems = parsed.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, { color }));
  const hasErrors = parsed.diagnostics.some(({ severity }) => severity === 'error');
  if (parsed.pod === undefined || hasErrors) return { problems };
  const plans = planProcesses(parsed.pod, parsed.ownHome, {
    hostname: hostname(),
    memoryBytes: totalmem(),
    lastCapability: Number(readOr('/proc/sys/kernel/cap_last_cap', '40')),
    oomScoreAdj: Number(readOr('/proc/self/oom_score_adj', '0')),
    home: process.env.HOME,
    variables: options.variables,
    programVariable,
  });
  return { plans, pod: parsed.pod, problems };
}

function parseFile(file: string, surroundings: Surroundings): ParsedProcesses {
  try {
    const decoded = decodeUtf8(readFileSync(file === '-' ? 0 : file));
    if (decoded.ok) return parseProcesses(decoded.value, file, surroundings);
    return refused(file, 'is not UTF-8 text');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return refused(file, code === 'ENOENT' ? 'no such file' : `cannot be read: ${code}`);
  }
}

function refused(file: string, message: string): ParsedProcesses {
  const diagnostic: Diagnostic = { severity: 'error', file, position: { line: 1, column: 1 }, field: '', message };
  return { ownHome: new Set(), diagnostics: [diagnostic] };
}

function ownSurroundings(command: readonly string[] | undefined): Surroundings {
  const permitted = permittedCapabilities();
  return {
    env: process.env,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    groups: process.getgroups?.() ?? [],
    capabilities: capabilityNames.filter((_, number) => ((permitted >> BigInt(number)) & 1n) === 1n),
    workingDir: process.cwd(),
    ...(command === undefined ? {} : { command }),
  };
}

function readOr(file: string, fallback: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}
