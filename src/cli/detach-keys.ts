/** The keys that leave an attached program alone, in docker's syntax: `ctrl-p,ctrl-q`, `ctrl-]`, `x,y`. Pure. */

/** Their bytes, or undefined when they cannot be read. `ctrl-` takes a letter or one of @ [ \ ] ^ _. */
export function parseDetachKeys(text: string): Buffer | undefined {
  const bytes: number[] = [];
  for (const key of text.split(',')) {
    const byte = byteOf(key);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  return Buffer.from(bytes);
}

function byteOf(key: string): number | undefined {
  const [, control] = /^ctrl-([a-z@[\\\]^_])$/i.exec(key) ?? [];
  // ASCII: control characters are their letters without the upper bits
  if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
  return /^[\x20-\x7e]$/.test(key) ? key.charCodeAt(0) : undefined;
}

export interface DetachFilter {
  /** What of the chunk is the program's; `isDetached`: the keys were typed, all before them is given. */
  readonly take: (chunk: Buffer) => { readonly bytes: Buffer; readonly isDetached: boolean };
}

/** Holds keys back while they may become the sequence, as docker does; gives them when they do not. */
export function createDetachFilter(keys: Buffer): DetachFilter {
  let matched = 0;
  return {
    take: (chunk) => {
      const bytes = Buffer.concat([keys.subarray(0, matched), chunk]);
      const at = bytes.indexOf(keys);
      matched = 0;
      if (keys.length > 0 && at !== -1) return { bytes: bytes.subarray(0, at), isDetached: true };
      matched = begunAtEnd(bytes, keys);
      return { bytes: bytes.subarray(0, bytes.length - matched), isDetached: false };
    },
  };
}

/** How much of `keys` stands at the end of `bytes`. */
function begunAtEnd(bytes: Buffer, keys: Buffer): number {
  for (let length = Math.min(keys.length - 1, bytes.length); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(keys.subarray(0, length))) return length;
  }
  return 0;
}
