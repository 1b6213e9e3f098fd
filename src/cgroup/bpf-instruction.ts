/** The few BPF instructions that cgroup programs here are made of (Documentation/bpf/standardization/instruction-set.rst). Pure. */

export type Register = 0 | 1 | 2 | 3 | 4 | 5;

/** struct bpf_insn */
export interface BpfInstruction {
  readonly code: number;
  readonly to: Register;
  readonly from: Register;
  readonly offset: number;
  readonly value: number;
}

const plain = { to: 0, from: 0, offset: 0, value: 0 } as const;

/** Opcodes: 32-bit arithmetic and jumps, words of memory. */
export const bpfCode = {
  load: 0x61,
  store: 0x63,
  and: 0x54,
  shiftRight: 0x74,
  copy: 0xbc,
  set: 0xb4,
  jumpIfNot: 0x56,
  jumpIfOther: 0x5e,
  exit: 0x95,
} as const;

/** to = *(u32 *)(from + offset) */
export const load = (to: Register, from: Register, offset: number): BpfInstruction => ({
  ...plain,
  code: bpfCode.load,
  to,
  from,
  offset,
});

/** *(u32 *)(to + offset) = from */
export const store = (to: Register, from: Register, offset: number): BpfInstruction => ({
  ...plain,
  code: bpfCode.store,
  to,
  from,
  offset,
});

export const and = (to: Register, value: number): BpfInstruction => ({ ...plain, code: bpfCode.and, to, value });
export const shiftRight = (to: Register, value: number): BpfInstruction => ({
  ...plain,
  code: bpfCode.shiftRight,
  to,
  value,
});
export const copy = (to: Register, from: Register): BpfInstruction => ({ ...plain, code: bpfCode.copy, to, from });
export const set = (to: Register, value: number): BpfInstruction => ({ ...plain, code: bpfCode.set, to, value });

/** Skips `offset` instructions unless to = value. */
export const jumpIfNot = (to: Register, value: number, offset: number): BpfInstruction => ({
  ...plain,
  code: bpfCode.jumpIfNot,
  to,
  value,
  offset,
});

/** Skips `offset` instructions unless to = from. */
export const jumpIfOther = (to: Register, from: Register, offset: number): BpfInstruction => ({
  ...plain,
  code: bpfCode.jumpIfOther,
  to,
  from,
  offset,
});

/** Ends with r0. */
export const exit: BpfInstruction = { ...plain, code: bpfCode.exit };

/** As the kernel of a little-endian machine takes them. */
export function encodeBpf(program: readonly BpfInstruction[]): Uint8Array {
  const bytes = new Uint8Array(8 * program.length);
  const view = new DataView(bytes.buffer);
  for (const [i, { code, to, from, offset, value }] of program.entries()) {
    view.setUint8(8 * i, code);
    view.setUint8(8 * i + 1, (from << 4) | to);
    view.setInt16(8 * i + 2, offset, true);
    view.setInt32(8 * i + 4, value, true);
  }
  return bytes;
}
