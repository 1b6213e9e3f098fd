/** The kernel's interpreter of seccomp filters, of the instructions that ours and libseccomp's use. */

export interface FilteredCall {
  readonly number: number;
  readonly architecture?: number;
  /** address of the instruction */
  readonly from?: number;
  readonly args?: readonly bigint[];
}

export const architectures = { x64: 0xc000003e, x86: 0x40000003, arm64: 0xc00000b7 } as const;

const jumps: Readonly<Record<number, (value: number, operand: number) => boolean>> = {
  21: (value, operand) => value === operand,
  37: (value, operand) => value > operand,
  53: (value, operand) => value >= operand,
  69: (value, operand) => (value & operand) !== 0,
};

/** The filter's verdict, a SECCOMP_RET_ value with its data. Throws on an instruction that it does not know. */
export function runFilter(filter: Buffer, call: FilteredCall): number {
  const data = encodeCall(call);
  let value = 0;
  for (let at = 0; ; at++) {
    const code = filter.readUInt16LE(at * 8);
    const operand = filter.readUInt32LE(at * 8 + 4);
    const jump = jumps[code];
    if (code === give) return operand;
    if (code === always) at += operand;
    else if (jump !== undefined) at += filter.readUInt8(at * 8 + (jump(value, operand) ? 2 : 3));
    else value = compute(code, value, operand, data);
  }
}

const give = 0x06;
const always = 0x05;

function compute(code: number, value: number, operand: number, data: Buffer): number {
  if (code === 0x20) return data.readUInt32LE(operand);
  if (code === 0x54) return (value & operand) >>> 0;
  throw new Error(`unknown instruction ${code}`);
}

/** struct seccomp_data */
function encodeCall({ number, architecture = architectures.x64, from = 0x40_1000, args = [] }: FilteredCall): Buffer {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0, 0);
  data.writeUInt32LE(architecture, 4);
  data.writeBigUInt64LE(BigInt(from), 8);
  args.forEach((argument, index) => void data.writeBigUInt64LE(argument, 16 + 8 * index));
  return data;
}
