/** A shell in a container, on the terminal that the view has left. */
import type { Client } from '../cli/client.ts';
import { defaultContainer } from '../cli/default-container.ts';
import { runExec } from '../cli/exec-session.ts';
import type { Io } from '../cli/io.ts';
import { podPath } from '../cli/pod-paths.ts';
import type { PodObject } from '../protocol/objects.ts';
import { formatRow, type Notice, type RowTarget } from './model.ts';
import { failure } from './perform-command.ts';

/** bash where there is one. */
const shell = ['sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'];

/** Resolves when the shell has ended, or was left because `signal` aborted. Never rejects: a notice says what went wrong, or undefined that nothing did. */
export async function runShell(
  client: Client,
  target: RowTarget,
  { io, signal }: { readonly io: Io; readonly signal: AbortSignal },
): Promise<Notice | undefined> {
  let words = '';
  const quiet: Io = { ...io, err: (text) => (words += text) };
  try {
    const { namespace, pod } = target;
    const container = target.container ?? (await firstContainer(client, target));
    io.out(`${formatRow({ namespace, pod, container })}: exit or Ctrl-D leads back\n`);
    const code = await runExec(client, podPath(namespace, pod, 'exec', { container }), {
      ...{ argv: shell, stdin: true, tty: true, env: [], workingDir: undefined },
      ...{ io: quiet, streams: process, signal },
    });
    return words === '' ? undefined : { text: `${words.trim()} (exit code ${code})`, tone: 'bad' };
  } catch (error) {
    return failure(error);
  }
}

async function firstContainer(client: Client, { namespace, pod }: RowTarget): Promise<string> {
  return defaultContainer(await client.json<PodObject>('GET', podPath(namespace, pod)), { err: () => undefined });
}
