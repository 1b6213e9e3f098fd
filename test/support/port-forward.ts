/** `podctl port-forward` as a process of its own, and connections through it. */
import { connect, type Socket } from 'node:net';
import { execa } from 'execa';
import type { Instance } from './instance.ts';
import { inRepository } from './repository.ts';
import { waitFor } from './wait-for.ts';

export interface Forward {
  /** where it listens on 127.0.0.1 for this port of the pod; waits until it does */
  readonly local: (remote: number) => Promise<number>;
  /** what it printed so far, on both streams */
  readonly output: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  readonly exitCode: () => Promise<number | undefined>;
}

/** Runs it with any free local ports. */
export function startForward(instance: Instance, ...args: readonly string[]): Forward {
  let output = '';
  const child = execa(inRepository('bin/podctl'), ['port-forward', ...args], {
    env: instance.env,
    extendEnv: false,
    reject: false,
    all: true,
    buffer: false,
  });
  child.all?.on('data', (chunk) => {
    output += String(chunk);
  });
  return {
    local: async (remote) =>
      await waitFor(`port-forward listens for ${remote}`, () => {
        const [, port] = new RegExp(`^Forwarding from 127\\.0\\.0\\.1:(\\d+) -> ${remote}$`, 'm').exec(output) ?? [];
        if (port === undefined && child.exitCode !== null) throw new Error(`it ended: ${output}`);
        return port === undefined ? undefined : Number(port);
      }),
    output: () => output,
    signal: (name) => child.kill(name),
    exitCode: async () => (await child).exitCode,
  };
}

/** All that comes until the other side ends; rejects when the connection is reset. Sends `text` and then, unless told otherwise, its own end. */
export function converse(
  port: number,
  text: string | Buffer,
  options: { readonly end?: boolean } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket: Socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('end', () => {
      socket.end();
      resolve(Buffer.concat(chunks));
    });
    if (options.end === false) socket.write(text);
    else socket.end(text);
  });
}
