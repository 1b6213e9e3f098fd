import { existsSync } from 'node:fs';
import { instancePaths } from '../../model/instance-paths.ts';
import { defineCommand } from '../command.ts';
import type { Io } from '../io.ts';
import { podctlVersion } from '../podctl-version.ts';

interface Versions {
  readonly clientVersion: { readonly gitVersion: string; readonly platform: string; readonly nodeVersion: string };
  readonly serverVersion?: { readonly gitVersion: string };
}

export const command = defineCommand({
  usage: ['version [--client] [-o json]'],
  about: 'Print the versions of podctl and of the podd that runs. podd is not started for this.',
  flags: {
    client: { kind: 'switch', help: 'only podctl, do not ask podd' },
    output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['json'], help: 'as JSON' },
  },
  examples: [{ text: 'for scripts', line: 'podctl version -o json' }],
  run: async ({ flags, io }) => {
    const version = podctlVersion();
    const platform = `linux/${process.arch}`;
    const clientVersion = { gitVersion: `v${version}`, platform, nodeVersion: process.version };
    const serverVersion = flags.client ? undefined : await readServerVersion(io);
    const versions: Versions = { clientVersion, ...(serverVersion === undefined ? {} : { serverVersion }) };
    io.out(
      flags.output === 'json'
        ? `${JSON.stringify(versions, undefined, 2)}\n`
        : formatVersions(versions, flags.client === true),
    );
    return 0;
  },
});

async function readServerVersion(io: Io): Promise<Versions['serverVersion']> {
  const { socket } = instancePaths(io.env);
  // No socket, no podd: then neither node:http nor a connection is needed.
  if (!existsSync(socket)) return undefined;
  try {
    const { createClient } = await import('../client.ts');
    return await createClient(socket).json<{ readonly gitVersion: string }>('GET', '/version');
  } catch {
    // A left-over socket or no right to ask: the client's version is still an answer.
    return undefined;
  }
}

function formatVersions({ clientVersion, serverVersion }: Versions, isClientOnly: boolean): string {
  const server = isClientOnly
    ? ''
    : `Server Version: ${serverVersion?.gitVersion ?? 'podd is not running (or answers root only)'}\n`;
  return `Client Version: ${clientVersion.gitVersion}\n${server}`;
}
