/** Debian packages by the command that a test wants of each. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const packages = {
  nft: 'nftables',
  ip: 'iproute2',
  iperf3: 'iperf3',
  nginx: 'nginx-light',
  curl: 'curl',
  busybox: 'busybox-static',
  'redis-server': 'redis-server',
  psql: 'postgresql',
} as const;

/** Why a test that runs these commands cannot; undefined when it can. Says it on the console too, where tests are skipped for it. */
export function whyNoTools(...commands: readonly (keyof typeof packages)[]): string | undefined {
  const missing = commands.filter((command) => !isInPath(command)).map((command) => packages[command]);
  if (missing.length === 0) return undefined;
  const reason = `missing: apt-get install ${missing.join(' ')}`;
  console.warn(`skipped: ${reason}`);
  return reason;
}

// nft and nginx are in sbin, which the PATH of users may be without.
const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];

const isInPath = (command: string): boolean => directories.some((dir) => existsSync(join(dir, command)));
