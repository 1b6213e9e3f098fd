/** Traffic that goes on beside a test: one long-lived connection, or a request after the other; what failed is remembered. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { NetworkNamespace } from './network-namespace.ts';
import { payloadBinary } from './payload.ts';
import { waitFor } from './wait-for.ts';

export interface Traffic {
  readonly name: string;
  /** lines about what went wrong, so far */
  failures(): readonly string[];
  /** Waits until some more round trips have been made from now on. */
  goesOn(timeoutMs?: number): Promise<void>;
  /** Ends it; its last line, which counts. */
  stop(): Promise<string>;
}

export interface TrafficInput {
  readonly name: string;
  readonly client: Omit<NetworkNamespace, 'close'>;
  readonly address: string;
  readonly port: number;
}

/** `hold`: round trips over one connection; `ask`: a connection for each. To a payload's `echo`, one every 10 ms. */
export async function startTraffic(
  kind: 'hold' | 'ask',
  { name, client, address, port }: TrafficInput,
): Promise<Traffic> {
  const child = client.start(payloadBinary(), [kind, address, String(port), '10']);
  const lines = linesOf(child);
  const trips = (): number => lines.filter((line) => line.startsWith('trips ')).length;
  const failures = () => lines.filter((line) => /^(failed|broken|connect)\b/.test(line));
  const goesOn = async (timeoutMs = 30_000): Promise<void> => {
    const wanted = trips() + 2;
    await waitFor(`${kind} ${name} goes on (${lines.at(-1)})`, () => trips() >= wanted, timeoutMs);
  };
  const stop = async (): Promise<string> => {
    if (child.exitCode === null) {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    }
    return lines.at(-1) ?? '';
  };
  return { name: `${kind} ${name}`, failures, goesOn, stop };
}

function linesOf(child: ChildProcess): string[] {
  const lines: string[] = [];
  if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => lines.push(line));
  return lines;
}

/** Who answers at each address (a payload's `echo` says its hostname), or `errno N`; one after another. */
export async function reach(
  client: Omit<NetworkNamespace, 'close'>,
  port: number,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const text = await client.run(payloadBinary(), ['reach', String(port), ...addresses]);
  return new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}
