/** Instructions of seccomp filters: classic BPF over struct seccomp_data, seccomp(2), linux/filter.h. */

/** code, jump if true, jump if false (both relative), operand */
export type FilterInstruction = readonly [number, number, number, number];

export const filterCode = { load: 0x20, ifEqual: 0x15, ifAbove: 0x25, ifAtLeast: 0x35, give: 0x06 } as const;

/** Offsets in struct seccomp_data, little-endian. */
export const callField = { number: 0, architecture: 4, addressLow: 8, addressHigh: 12 } as const;

export const verdict = { errno: 0x0005_0000, notify: 0x7fc0_0000, allow: 0x7fff_0000 } as const;

const bytesPerInstruction = 8;

/** An array of struct sock_filter. */
export function encodeFilter(program: readonly FilterInstruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * bytesPerInstruction);
  program.forEach(([code, ifTrue, ifFalse, operand], index) => {
    const at = index * bytesPerInstruction;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(ifTrue, at + 2);
    bytes.writeUInt8(ifFalse, at + 3);
    bytes.writeUInt32LE(operand, at + 4);
  });
  return bytes;
}
