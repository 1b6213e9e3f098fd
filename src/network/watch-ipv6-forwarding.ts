/** Whether somebody writes net.ipv6.conf.all.forwarding, by inotify: netlink is silent where the value stays what it was. */
import { type FSWatcher, watch } from 'node:fs';

const path = '/proc/sys/net/ipv6/conf/all/forwarding';

/** With each 0 that is written, over a 0 too, the kernel takes force_forwarding from all links. Nothing is told where it cannot be watched. */
export function watchIpv6Forwarding(onWritten: () => void): { close(): void } {
  let watcher: FSWatcher;
  try {
    watcher = watch(path, { persistent: false }, onWritten);
  } catch {
    // no IPv6, or no inotify watches left: podd's next look finds it
    return { close: () => undefined };
  }
  watcher.on('error', () => undefined);
  return watcher;
}
