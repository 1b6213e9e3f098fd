/** What a cgroup program answers: the instructions of src/cgroup/bpf-instruction.ts, run. */
import { type BpfInstruction, bpfCode } from '../../../src/cgroup/bpf-instruction.ts';

/** Registers and the structure that r1 points to. Throws on what the verifier would refuse. */
class Machine {
  readonly #registers: (number | undefined)[] = [undefined, 0];
  readonly #context: number[];

  constructor(context: number[]) {
    this.#context = context;
  }

  read(register: number): number {
    const value = this.#registers[register];
    if (value === undefined) throw new Error(`r${register} is read before it is written`);
    return value;
  }

  write(register: number, value: number): undefined {
    this.#registers[register] = value >>> 0;
  }

  load(offset: number): number {
    const word = this.#context[offset / 4];
    if (word === undefined) throw new Error(`no word at ${offset}`);
    return word;
  }

  store(offset: number, value: number): undefined {
    this.load(offset);
    this.#context[offset / 4] = value;
  }
}

/** Performs one instruction; how many are skipped after it. */
const steps: Readonly<Record<number, (machine: Machine, instruction: BpfInstruction) => number | undefined>> = {
  [bpfCode.load]: (machine, { to, offset }) => machine.write(to, machine.load(offset)),
  [bpfCode.store]: (machine, { from, offset }) => machine.store(offset, machine.read(from)),
  [bpfCode.and]: (machine, { to, value }) => machine.write(to, machine.read(to) & value),
  [bpfCode.shiftRight]: (machine, { to, value }) => machine.write(to, machine.read(to) >>> value),
  [bpfCode.copy]: (machine, { to, from }) => machine.write(to, machine.read(from)),
  [bpfCode.set]: (machine, { to, value }) => machine.write(to, value),
  [bpfCode.jumpIfNot]: (machine, { to, value, offset }) => (machine.read(to) === value >>> 0 ? 0 : offset),
  [bpfCode.jumpIfOther]: (machine, { to, from, offset }) => (machine.read(to) === machine.read(from) ? 0 : offset),
};

/** What the program ends with; `context`, 32-bit words, is changed by its stores. */
export function runBpf(program: readonly BpfInstruction[], context: number[]): number {
  const machine = new Machine(context);
  for (let at = 0; at < program.length; at++) {
    const instruction = program[at] as BpfInstruction;
    if (instruction.code === bpfCode.exit) return machine.read(0);
    const step = steps[instruction.code];
    if (step === undefined) throw new Error(`unknown opcode ${instruction.code}`);
    at += step(machine, instruction) ?? 0;
  }
  throw new Error('the program runs past its end');
}
