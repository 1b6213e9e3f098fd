/** Any fd in Node's event loop: libuv's own uv_poll through koffi, 3 µs an event (proofs/kernel). No thread, no addon. */
import koffi from 'koffi';
import { libcFunction } from './library.ts';
import { SysError } from './sys-error.ts';

koffi.proto('void podctlPollCallback(void *handle, int status, int events)');
koffi.proto('void podctlCloseCallback(void *handle)');

const cInit = libcFunction('int uv_poll_init(void *loop, void *handle, int fd)');
const cStart = libcFunction('int uv_poll_start(void *handle, int events, podctlPollCallback *callback)');
const cStop = libcFunction('int uv_poll_stop(void *handle)');
const cClose = libcFunction('void uv_close(void *handle, podctlCloseCallback *callback)');
const cHandleSize = libcFunction('size_t uv_handle_size(int type)');
const cDefaultLoop = libcFunction('void *uv_default_loop()');
const cUnref = libcFunction('void uv_unref(void *handle)');

const UV_POLL_HANDLE = 8;
export const readable = 1;
export const writable = 2;
/** UV_PRIORITIZED, poll(2) POLLPRI: how PSI triggers tell */
export const prioritised = 8;

export interface FdWatch {
  /** change what is waited for; 0 pauses without closing */
  readonly want: (events: number) => void;
  /** stop for good; call before closing the fd */
  readonly close: () => void;
}

const watches = new Map<bigint, (events: number) => void>();
const closing = new Map<bigint, unknown>();

const pollCallback = koffi.register((handle: unknown, status: number, events: number) => {
  const onEvent = watches.get(koffi.address(handle));
  if (onEvent === undefined) return;
  try {
    // an error (EBADF, POLLERR) shows at the read or write that follows
    onEvent(status < 0 ? readable | writable : events);
  } catch (error) {
    // an exception cannot cross the C frames of libuv
    process.emit('uncaughtException', error instanceof Error ? error : new Error(String(error)));
  }
}, koffi.pointer('podctlPollCallback'));

const closeCallback = koffi.register((handle: unknown) => {
  const address = koffi.address(handle);
  koffi.free(closing.get(address));
  closing.delete(address);
}, koffi.pointer('podctlCloseCallback'));

/**
 * Call `onEvent` while fd is readable and/or writable (level-triggered). Runs outside Node's callback scope: start
 * promise work through setImmediate. SysError EPERM for regular files.
 */
export function watchFd(
  fd: number,
  events: number,
  onEvent: (events: number) => void,
  options: { readonly keepsAlive?: boolean } = {},
): FdWatch {
  const handle = koffi.alloc('uint8_t', Number(cHandleSize(UV_POLL_HANDLE)));
  const result: number = cInit(cDefaultLoop(), handle, fd);
  if (result < 0) {
    koffi.free(handle);
    throw new SysError('uv_poll_init', -result, `fd ${fd}`);
  }
  const address = koffi.address(handle);
  watches.set(address, onEvent);
  if (options.keepsAlive === false) cUnref(handle);
  const want = (wanted: number): void => {
    if (!watches.has(address)) return;
    if (wanted === 0) cStop(handle);
    else cStart(handle, wanted, pollCallback);
  };
  want(events);
  return {
    want,
    close: () => {
      if (!watches.delete(address)) return;
      cStop(handle);
      closing.set(address, handle);
      cClose(handle, closeCallback);
    },
  };
}
