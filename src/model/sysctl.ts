/** Sysctls that belong to a namespace, so that a pod can have its own: proc_sys_net(5), sysvipc(7), mq_overview(7). */

/** Path below /proc/sys of a name as sysctl.d(5) takes it: with dots, or with slashes where components hold dots. */
export function sysctlPath(name: string): string {
  const isDotted = (/[./]/.exec(name)?.[0] ?? '.') === '.';
  return isDotted ? name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.')) : name;
}

/** The namespace whose own it is; undefined: it is the machine's. As the kubelet tells them apart. */
export function sysctlNamespace(path: string): 'net' | 'ipc' | undefined {
  if (path.startsWith('net/')) return 'net';
  return path === 'kernel/sem' || /^(?:kernel\/(?:shm|msg)|fs\/mqueue\/)/.test(path) ? 'ipc' : undefined;
}
