/** Debian's lxcfs beside a container of ours: in a mount namespace of its own, so that nothing of it can stay mounted. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { readNamespace } from './processes.ts';
import { waitFor } from './wait-for.ts';

/** Why lxcfs cannot be compared with; undefined when it can. */
export function whyNoLxcfs(): string | undefined {
  const isMissing = execaSync('sh', ['-c', 'command -v lxcfs'], { reject: false }).failed;
  return isMissing ? 'lxcfs is missing: apt-get install lxcfs' : undefined;
}

export interface Lxcfs {
  /** its `proc` directory, inside of its mount namespace */
  readonly proc: string;
  readonly pid: number;
  /** The output of a command that sees its files, as PID 1 of a pid namespace (whose cgroup lxcfs goes by) in these cgroup directories. */
  run(cgroups: readonly string[], command: readonly string[]): Promise<string>;
  /** Ends it, and with its namespace the mount. */
  stop(): Promise<void>;
}

/** Starts lxcfs with its load average and the CPUs that a quota leaves, below `dir`. */
export async function startLxcfs(dir: string): Promise<Lxcfs> {
  const mountPoint = join(dir, 'lxcfs');
  mkdirSync(mountPoint);
  const keeper = execa('unshare', ['-m', '--propagation', 'private', 'sleep', 'infinity'], { reject: false });
  const entered = await waitFor('a mount namespace', () => {
    const namespace = readNamespace(keeper.pid ?? 0, 'mnt');
    const isOwn = namespace !== undefined && namespace !== readNamespace('self', 'mnt');
    return isOwn ? [`--mount=/proc/${keeper.pid}/ns/mnt`] : undefined;
  });
  const server = execa(
    'nsenter',
    [...entered, 'lxcfs', '-f', '-l', '--enable-cfs', '-p', join(dir, 'lxcfs.pid'), mountPoint],
    {
      reject: false,
    },
  );
  const proc = join(mountPoint, 'proc');
  const answers = () => !execaSync('nsenter', [...entered, 'cat', join(proc, 'meminfo')], { reject: false }).failed;
  await waitFor('lxcfs answers', answers);
  return {
    proc,
    pid: server.pid ?? 0,
    run: async (cgroups, command) =>
      (await execa('nsenter', [...entered, ...inCgroups(cgroups, command)], { reject: false })).stdout,
    async stop() {
      server.kill('SIGKILL');
      keeper.kill('SIGKILL');
      await Promise.all([server, keeper]);
    },
  };
}

/** A shell moves itself, then starts the command in a pid namespace. */
function inCgroups(cgroups: readonly string[], command: readonly string[]): readonly string[] {
  const moves = cgroups.map((dir) => `echo 0 > '${dir}/cgroup.procs'`).join(' && ');
  return ['sh', '-c', `${moves} && exec unshare -p -f --kill-child -- "$@"`, 'sh', ...command];
}
