/** Programs that this podd has loaded: many cgroups share one. Loading costs 0.3 ms, attaching 0.03. */
import { closeSync } from 'node:fs';
import { type CgroupProgramKind, loadCgroupProgram } from '../linux/bpf.ts';
import { type BpfInstruction, encodeBpf } from './bpf-instruction.ts';

const loaded = new Map<string, number>();
const loadedMax = 64;

/** Its fd, to be attached at once: it stays open only until many others were needed. `name`: what it does, unique in its kind. */
export function loadedProgram(kind: CgroupProgramKind, name: string, plan: () => readonly BpfInstruction[]): number {
  const key = `${kind} ${name}`;
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const program = loadCgroupProgram(kind, encodeBpf(plan()));
  const [oldest] = loaded;
  if (oldest !== undefined && loaded.size >= loadedMax) {
    loaded.delete(oldest[0]);
    closeSync(oldest[1]);
  }
  loaded.set(key, program);
  return program;
}
