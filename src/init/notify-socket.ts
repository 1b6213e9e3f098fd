/** The service side of sd_notify(3): a datagram socket whose path is a program's NOTIFY_SOCKET. */
import { closeSync, lstatSync, unlinkSync } from 'node:fs';
import { bindDatagram, receiveDatagram } from '../linux/datagram.ts';
import { readable, watchFd } from '../linux/poll.ts';
import { parseNotifyFields } from './notify-fields.ts';

/** PIPE_BUF; systemd reads no more of a message either (NOTIFY_BUFFER_MAX) */
const maxMessageBytes = 4096;
/** So that a program which floods its socket does not keep PID 1 from everything else. */
const messagesPerTurn = 32;
const buffer = Buffer.alloc(maxMessageBytes);

/**
 * Listen at a path of at most 107 bytes, in a directory that exists; a socket left there by an earlier life goes. Only
 * the owner (and root) can send. `onReady` for READY=1, each time it comes; other fields of a message go to onMessage.
 * What is malformed or over 4 KiB is ignored, descriptors sent along (FDSTORE) are closed. SysError when it cannot be made.
 */
export function openNotifySocket(
  path: string,
  owner: { readonly uid: number; readonly gid: number },
  onReady: () => void,
  onMessage?: (fields: Record<string, string>) => void,
): { close(): void } {
  removeStaleSocket(path);
  const fd = bindDatagram(path, owner);
  let isOpen = true;
  const deliver = (fields: Record<string, string>): void => {
    if (Object.keys(fields).length > 0) onMessage?.(fields);
    if (fields.READY === '1' && isOpen) onReady();
  };
  const receive = (): void => {
    for (let i = 0; i < messagesPerTurn && isOpen; i++) {
      const fields = receiveMessage(fd);
      if (fields === undefined) return;
      deliver(fields);
    }
  };
  const watch = watchFd(fd, readable, receive);
  return {
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      watch.close();
      closeSync(fd);
      removeStaleSocket(path);
    },
  };
}

/** Empty for what is no message; undefined when none waits. */
function receiveMessage(fd: number): Record<string, string> | undefined {
  const length = receiveDatagram(fd, buffer);
  if (length === undefined) return undefined;
  return length > maxMessageBytes ? {} : parseNotifyFields(buffer.toString('utf8', 0, length));
}

/** Only ever a socket: whatever else a program has put at that path stays, and bind says so. */
function removeStaleSocket(path: string): void {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
  } catch {
    // the program took its directory away, or made the file system read-only: nothing that concerns it any more
  }
}
