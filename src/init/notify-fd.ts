/** Readiness as s6 has it: the program writes a newline to an inherited pipe. https://skarnet.org/software/s6/notifywhenup.html */
import { closeSync, readSync } from 'node:fs';
import { setNonblocking } from '../linux/descriptors.ts';
import { readable, watchFd } from '../linux/poll.ts';

const buffer = Buffer.alloc(512);

/**
 * Owns the read end of the pipe. `onReady` comes once, at the first newline; the end of the pipe without one means
 * never. Either way the fd is closed then, as it is by close().
 */
export function watchNotifyFd(readFd: number, onReady: () => void): { close(): void } {
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    watch.close();
    closeSync(readFd);
  };
  setNonblocking(readFd);
  const watch = watchFd(readFd, readable, () => {
    const found = readNewline(readFd);
    if (found === 'notYet') return;
    close();
    if (found === 'newline') onReady();
  });
  return { close };
}

function readNewline(fd: number): 'newline' | 'notYet' | 'end' {
  try {
    const length = readSync(fd, buffer);
    if (length === 0) return 'end';
    return buffer.subarray(0, length).includes(0x0a) ? 'newline' : 'notYet';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 'notYet' : 'end';
  }
}
