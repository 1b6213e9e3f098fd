import type { SyncFile, SyncResponse } from '../../protocol/api.ts';
import type { PodObject } from '../../protocol/objects.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { defaultContainer } from '../default-container.ts';
import { listCopies } from '../list-copies.ts';
import { podActionPath, podPath } from '../pod-paths.ts';
import { parseTarget } from '../program-target.ts';
import { formatBytes } from '../program-words.ts';
import { checkNamespace } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const form = 'podctl cp SRC… POD[/CONTAINER]:PATH';

/** Entries of one request. */
const atOnce = 1_000;

export const command = defineCommand({
  usage: ['cp SRC… POD[/CONTAINER]:PATH [flags]'],
  about: `Copy files and directories of this machine into a running container, without any tool in it.
PATH is absolute. One SRC becomes PATH; with a slash at the end of PATH, or several SRC, they go into it under their own names. Directories
on the way are made. Each file is written beside its place and renamed: a program sees the old one or the new one, never half of it.
Permissions and times are kept, symlinks stay symlinks, the owner is that of the directory a file goes into.
To copy out of a container: podctl exec POD -- cat PATH > FILE, or podctl exec POD -- tar -c DIRECTORY | tar -x.
Exit code 1 when something could not be copied; it is named, the rest is copied.`,
  flags: { namespace: commonFlags.namespace, container: commonFlags.container },
  examples: [
    { text: 'a file', line: 'podctl cp nginx.conf web/server:/etc/nginx/nginx.conf' },
    { text: 'what is in a directory', line: 'podctl cp ./dist web:/srv/app' },
    { text: 'several, into a directory', line: 'podctl cp *.sql db:/tmp/' },
  ],
  run: async ({ flags, args, io }) => {
    const { sources, pod, container: written, path } = splitArgs(args);
    if (written !== undefined && flags.container !== undefined && written !== flags.container) {
      throw new UsageError(`two containers: ${written} and ${flags.container}`, form);
    }
    const namespace = checkNamespace(flags.namespace);
    const copies = await listCopies(sources, path);
    const client = connectPodd(io.env);
    const container =
      written ?? flags.container ?? defaultContainer(await client.json<PodObject>('GET', podPath(namespace, pod)), io);
    const answer = await sendAll(client, podActionPath(namespace, pod, 'sync'), container, copies);
    for (const { path: skipped, why } of answer.skipped) io.err(`${skipped}: ${why}\n`);
    io.out(`${answer.copied} copied to ${pod}/${container}:${path} (${formatBytes(answer.bytes)})\n`);
    return answer.skipped.length === 0 ? 0 : 1;
  },
});

interface CopyArgs {
  readonly sources: readonly string[];
  readonly pod: string;
  readonly container?: string;
  readonly path: string;
}

function splitArgs(args: readonly string[]): CopyArgs {
  const target = args.at(-1);
  const sources = args.slice(0, -1);
  const colon = target?.indexOf(':') ?? -1;
  if (target === undefined || colon < 1) throw new UsageError('where to? the last word is POD[/CONTAINER]:PATH', form);
  if (sources.length === 0) throw new UsageError('copy what?', form);
  const { pod, parts } = parseTarget(target.slice(0, colon));
  const path = target.slice(colon + 1);
  if (parts.length > 1) throw new UsageError(`"${target}": files belong to a container, not to a program`, form);
  if (!path.startsWith('/')) throw new UsageError(`"${target}": PATH begins with a slash`, form);
  const [container] = parts;
  return { sources, pod, path, ...(container === undefined ? {} : { container }) };
}

async function sendAll(
  client: Client,
  path: string,
  container: string,
  copies: readonly SyncFile[],
): Promise<Omit<SyncResponse, 'removed'>> {
  const skipped: SyncResponse['skipped'][number][] = [];
  const sums = { copied: 0, bytes: 0 };
  for (let at = 0; at < copies.length; at += atOnce) {
    const request = { container, files: copies.slice(at, at + atOnce), remove: [] };
    const answer = await client.json<SyncResponse>('POST', path, request);
    sums.copied += answer.copied;
    sums.bytes += answer.bytes;
    skipped.push(...answer.skipped);
  }
  return { ...sums, skipped };
}
