/** podinit's Supervisor alone, in a child process with cgroup leaves of its own: no podd, no zygote, no namespaces. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { readCgroupLayout } from '../../src/cgroup/read-layout.ts';
import type { ContainerEnd } from '../../src/init/machine.ts';
import type { CgroupPlacement, ProgramPlan } from '../../src/model/launch-plan.ts';
import { processDefaults } from '../../src/model/program-defaults.ts';
import { programKey, programLabel } from '../../src/model/program-name.ts';
import type { InitState, ProgramState } from '../../src/protocol/init.ts';
import { connectInit, type InitConnection } from '../../src/runtime/init-client.ts';
import { payloadBinary } from './payload.ts';
import { inRepository } from './repository.ts';
import { removeCgroup } from './scrub.ts';
import { waitFor, within } from './wait-for.ts';

export interface DirectPlan {
  readonly directory: string;
  readonly placement: CgroupPlacement;
  readonly programs: readonly ProgramPlan[];
}

type PlanParts = Partial<Omit<ProgramPlan, 'exec'>> & { readonly exec?: Partial<ProgramPlan['exec']> };

/** An instance that runs the test payload in that mode; RUNNING at once, restarted at once, then after 20 ms. */
export function aPlan(program: string, mode: readonly string[], parts: PlanParts = {}): ProgramPlan {
  const { instance = 0, exec, ...rest } = parts;
  const { stdin, tty, umask, nice, rlimits, resources: _none, ...defaults } = processDefaults;
  const name = programKey(program, instance);
  return {
    ...defaults,
    name,
    program,
    instance,
    label: programLabel(program, instance, instance > 0),
    restart: {
      ...defaults.restart,
      startMs: 0,
      backoff: { initialMs: 20, maxMs: 40, factor: 2, jitter: 0, resetAfterMs: 10_000 },
    },
    logs: { ...defaults.logs, file: `${name}.log` },
    ...rest,
    exec: {
      argv: [payloadBinary(), ...mode],
      envp: ['PATH=/usr/bin:/bin', 'HOME=/', `INSTANCE=${instance}`],
      homeOfUser: false,
      workingDir: '/',
      uid: 0,
      gid: 0,
      capabilities: [],
      ambient: false,
      noNewPrivileges: false,
      oomScoreAdj: 500,
      ...{ stdin, tty, umask, nice, rlimits },
      ...exec,
    },
  };
}

/** Starts podinit's Supervisor with these programs; end it with `close()`. */
export async function superviseDirectly(programs: readonly ProgramPlan[]): Promise<Direct> {
  const direct = new Direct(programs, await bundledDriver());
  await direct.connect();
  return direct;
}

let bundle: Promise<string> | undefined;

/** Two folders below the repository, where the native library is looked for. */
function bundledDriver(): Promise<string> {
  const outfile = inRepository(`node_modules/.cache/direct-driver-${process.pid}.mjs`);
  bundle ??= build({
    entryPoints: [inRepository('test/support/direct-driver.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    outfile,
  }).then(() => outfile);
  return bundle;
}

/** Removes what superviseDirectly built. */
export async function removeDriver(): Promise<void> {
  if (bundle !== undefined) rmSync(await bundle, { force: true });
  bundle = undefined;
}

export class Direct {
  readonly directory = mkdtempSync('/tmp/pd-');
  readonly notes: string[] = [];
  readonly states: InitState[] = [];
  readonly #roots: readonly string[];
  readonly #name = `podctl-direct-${process.pid}-${Math.trunc(performance.now())}`;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #output = '';
  #connection: InitConnection | undefined;

  constructor(programs: readonly ProgramPlan[], driver: string) {
    const { v1, v2Root, kind } = readCgroupLayout();
    this.#roots = kind === 'v2' ? [v2Root ?? ''] : [v1.freezer ?? '', v1.memory ?? '', v1.pids ?? ''];
    const placement: CgroupPlacement = {
      app: this.dirs('app'),
      init: [],
      leaves: this.makeLeaves(programs),
      layout: kind,
    };
    const plan: DirectPlan = { directory: this.directory, placement, programs };
    writeFileSync(join(this.directory, 'plan.json'), JSON.stringify(plan));
    this.#child = spawn(process.execPath, [driver, join(this.directory, 'plan.json')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout?.on('data', (text) => {
      this.#output += String(text);
    });
    this.#exited = new Promise((resolve) => this.#child.on('close', () => resolve()));
  }

  /** The directories of `app` or of a leaf below it. */
  dirs(below: string): string[] {
    return this.#roots.map((root) => join(root, this.#name, below));
  }

  /** Leaves for these programs and `_exec`, made where they are missing. */
  makeLeaves(programs: readonly ProgramPlan[]): Record<string, readonly string[]> {
    const leaves = Object.fromEntries(
      ['_exec', ...programs.map(({ name }) => name)].map((leaf) => [leaf, this.dirs(`app/${leaf}`)]),
    );
    for (const dir of Object.values(leaves).flat()) mkdirSync(dir, { recursive: true });
    return leaves;
  }

  async connect(): Promise<void> {
    await waitFor('the supervisor listens', () => this.#isListening());
    this.#connection = connectInit(this.directory, {
      onState: (state) => this.states.push(state),
      onNote: ({ type, reason, message }) => void this.notes.push(`${type} ${reason}: ${message}`),
      onClose: () => {},
    });
    await waitFor('its first state', () => this.states.length > 0);
  }

  get init(): InitConnection {
    if (this.#connection === undefined) throw new Error('not connected');
    return this.#connection;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  program(name: string): ProgramState {
    const found = this.states.at(-1)?.programs.find((program) => program.name === name);
    if (found === undefined) throw new Error(`no program ${name}`);
    return found;
  }

  /** Until the newest state of the program is as wanted; fails with that state. */
  async until(name: string, what: string, isWanted: (program: ProgramState) => boolean): Promise<ProgramState> {
    const find = () => this.states.at(-1)?.programs.find((program) => program.name === name);
    try {
      return await waitFor(`${name} ${what}`, () => {
        const program = find();
        return program !== undefined && isWanted(program) ? program : undefined;
      });
    } catch (error) {
      throw new Error(`${String(error)}: ${JSON.stringify(find())}\n${this.notes.join('\n')}`);
    }
  }

  isRunning(name: string): Promise<ProgramState> {
    return this.until(name, 'runs and is ready', ({ state, ready }) => state === 'RUNNING' && ready);
  }

  /** What the program printed, without the prefixes of the log. */
  log(name: string): string {
    try {
      const text = readFileSync(join(this.directory, `${name}.log`), 'utf8');
      return text.replaceAll(/^\S+ \S+ [FP] /gm, '');
    } catch {
      return '';
    }
  }

  /** pids in a program's leaf. */
  processes(name: string): number[] {
    const [dir = ''] = this.dirs(`app/${name}`);
    return readFileSync(join(dir, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number);
  }

  /** How it ended; it must end. */
  async end(): Promise<ContainerEnd> {
    await within('the supervisor ends', 60_000, this.#exited);
    return JSON.parse(this.#output.split('\n')[1] ?? '') as ContainerEnd;
  }

  async close(): Promise<void> {
    this.#connection?.close();
    this.#child.kill('SIGTERM');
    try {
      await within('the supervisor ends', 60_000, this.#exited);
    } finally {
      this.#child.kill('SIGKILL');
      for (const dir of this.dirs('')) removeCgroup(dir);
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  #isListening(): boolean {
    if (this.#child.exitCode !== null) throw new Error(`the supervisor ended with ${this.#child.exitCode}`);
    return this.#output.startsWith('ready\n');
  }
}
