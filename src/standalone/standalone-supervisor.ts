/** The supervisor of a standalone podinit: its programs come from a file that can be read again. */
import { Supervisor, type SupervisorDeps, type UpdateRequest } from '../init/supervisor.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { InitReply } from '../protocol/init.ts';
import type { ReadProcesses } from './read-processes.ts';

export interface FileSource {
  readonly read: () => ReadProcesses;
  /** makes what the programs' leaves need; cgroup directories by leaf */
  readonly addLeaves: (read: ReadProcesses) => Readonly<Record<string, readonly string[]>>;
}

export class StandaloneSupervisor extends Supervisor {
  readonly #source: FileSource;
  #plans: readonly ProgramPlan[];

  constructor(deps: SupervisorDeps, source: FileSource) {
    super(deps);
    this.#source = source;
    this.#plans = deps.programs;
  }

  plans(): readonly ProgramPlan[] {
    return this.#plans;
  }

  /** What `podinit ctl update` asks for: its request names no programs, they are the file's. */
  override update({ cascade = false }: Pick<UpdateRequest, 'cascade'>): InitReply {
    const read = this.#source.read();
    if (read.plans === undefined) return { ok: false, code: 'Conflict', message: read.problems.join('\n') };
    this.#plans = read.plans;
    return super.update({ programs: read.plans, leaves: this.#source.addLeaves(read), cascade });
  }

  /** SIGHUP: changes only what changed; a file with errors changes nothing. */
  reread(): void {
    const reply = this.update({});
    const text = reply.ok ? `file read again: ${reply.affected.join(', ') || 'nothing changed'}` : reply.message;
    process.stderr.write(`podinit: ${text}\n`);
  }

  /** Unlike in a pod never to all of them: a signal meant for one program ends most others. */
  forwardToEssential(signal: number): void {
    if (this.#plans.some(({ essential }) => essential)) this.forwardSignal(signal);
  }
}
