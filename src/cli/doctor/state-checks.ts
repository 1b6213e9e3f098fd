/** The directories podd lives in, and podd itself. */
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type InstancePaths, instancePaths } from '../../model/instance-paths.ts';
import { formatError, PodError } from '../../util/pod-error.ts';
import { broken, type Check, doubtful, type Finding, fine } from './check.ts';

/** sun_path of unix(7): 108 bytes with the closing NUL */
const maxSocketPathBytes = 107;
const lowSpaceBytes = 100 * 1024 * 1024;
/** OVERLAYFS_SUPER_MAGIC, linux/magic.h */
const overlayMagic = 0x794c7630;

export function stateChecks(env: Readonly<Record<string, string | undefined>>): readonly Check[] {
  const paths = instancePaths(env);
  return [
    { name: 'state directory', look: () => checkStateDirectory(paths) },
    { name: 'run directory', look: () => checkWritable(paths.run, 'PODCTL_RUN') ?? fine(paths.run) },
    { name: 'socket', look: () => judgeSocketPath(paths.socket) },
    { name: 'podd', look: () => checkPodd(paths) },
  ];
}

function checkStateDirectory(paths: InstancePaths): Finding {
  const unwritable = checkWritable(paths.root, 'PODCTL_ROOT');
  if (unwritable !== undefined) return unwritable;
  const existing = nearestExisting(paths.root);
  const { bavail, bsize, type } = statfsSync(existing);
  if (bavail * bsize < lowSpaceBytes) {
    return doubtful(
      `${paths.root}: only ${Math.floor((bavail * bsize) / 1024 / 1024)} MiB free`,
      'make room: logs and container layers live there',
    );
  }
  if (type === overlayMagic) {
    return doubtful(
      `${paths.root} lies on overlay: containers with a rootfs cannot keep their changes there`,
      'set PODCTL_ROOT to a directory on ext4, xfs, btrfs or tmpfs',
    );
  }
  const options = mountOptionsOf(existing, readFileSync('/proc/self/mountinfo', 'utf8'));
  const bad = ['noexec', 'ro'].filter((option) => options.includes(option));
  if (bad.length > 0)
    return doubtful(
      `${paths.root} is mounted ${bad.join(', ')}`,
      'set PODCTL_ROOT to a directory programs can be run from',
    );
  return fine(paths.root);
}

function checkWritable(directory: string, variable: string): Finding | undefined {
  const existing = nearestExisting(directory);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const isDenied = (error as NodeJS.ErrnoException).code === 'EACCES' && process.geteuid?.() !== 0;
    if (isDenied) return doubtful(`${directory}: cannot be checked without root`, 'sudo podctl doctor');
    return broken(
      `${directory} cannot be written to (${(error as NodeJS.ErrnoException).code})`,
      `set ${variable} to another directory`,
    );
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** Options of the mount a path lies on, from /proc/self/mountinfo's text (proc_pid_mountinfo(5)); the last mount of the longest mount point counts. */
export function mountOptionsOf(path: string, mountinfo: string): readonly string[] {
  let best = { point: '', options: '' };
  for (const line of mountinfo.split('\n')) {
    const [, , , , point = '', options = ''] = line.split(' ');
    const plain = point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const isAbove = plain === '/' || path === plain || path.startsWith(`${plain}/`);
    if (plain !== '' && isAbove && plain.length >= best.point.length) best = { point: plain, options };
  }
  return best.options.split(',');
}

export function judgeSocketPath(socket: string): Finding {
  if (Buffer.byteLength(socket) <= maxSocketPathBytes) return fine(socket);
  return doubtful(
    `${socket} is longer than the ${maxSocketPathBytes} bytes of a unix socket's name: only podctl can connect`,
    'set PODCTL_RUN to a shorter directory',
  );
}

async function checkPodd(paths: InstancePaths): Promise<Finding> {
  const { createClient } = await import('../client.ts');
  try {
    const { gitVersion } = await createClient(paths.socket).json<{ readonly gitVersion: string }>('GET', '/version');
    return fine(`runs (${gitVersion})`);
  } catch (error) {
    if (error instanceof PodError && error.code === 'DaemonDown')
      return fine('does not run; the first command that needs it starts it');
    if (error instanceof PodError && error.code === 'NotRoot')
      return doubtful('answers root only', 'sudo podctl doctor');
    return broken(formatError(error), `look into ${paths.daemonLog}, then podctl system stop`);
  }
}
