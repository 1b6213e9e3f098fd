/** eventfd(2): a counter that the kernel raises and an event loop can wait for. */
import { readNow } from './descriptors.ts';
import { libcFunction } from './library.ts';
import { check } from './sys-error.ts';

const cEventfd = libcFunction('int eventfd(uint initial, int flags)');

const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

/** A new one at 0: nonblocking, close-on-exec. */
export const makeEventfd = (): number => check('eventfd', cEventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));

const count = Buffer.alloc(8);

/** Back to 0: it is readable again only after the next event. */
export const drainEventfd = (fd: number): void => {
  readNow(fd, count);
};
