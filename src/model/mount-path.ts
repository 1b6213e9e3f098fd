/** Where in a container volumes can be mounted. */

/** What tools for containers are known to put in the place of, as runc allows it (lxcfs and the like). */
const openProcFiles: ReadonlySet<string> = new Set([
  '/proc/cpuinfo',
  '/proc/diskstats',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/net/dev',
  '/proc/slabinfo',
  '/proc/stat',
  '/proc/swaps',
  '/proc/uptime',
]);

/** Why nothing can be mounted on the path, which holds no symlinks; undefined when it can. PID 1 relies on /proc. */
export function mountPathComplaint(path: string): string | undefined {
  if (path === '/') return 'the root itself cannot be covered';
  const isInProc = path === '/proc' || path.startsWith('/proc/');
  return isInProc && !openProcFiles.has(path) ? '/proc cannot be covered' : undefined;
}
