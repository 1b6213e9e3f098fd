/** DNS over TCP: each message after its length in two bytes, RFC 1035, 4.2.2. */

export function withLength(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(2 + message.length);
  framed.writeUInt16BE(message.length, 0);
  message.copy(framed, 2);
  return framed;
}

/** Feed it what comes; `onMessage` gets each whole message. */
export function createMessageSplitter(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let needed = 2;
  return (chunk) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < needed) return;
    let rest = Buffer.concat(chunks);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      onMessage(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
    chunks = [rest];
    bytes = rest.length;
    needed = bytes < 2 ? 2 : 2 + rest.readUInt16BE(0);
  };
}
