/**
 * Signals in Node's event loop by number: libuv's uv_signal through koffi. For a plain Node process, whose helper threads
 * would take signals past a signalfd; process.on knows no real-time signals.
 */
import koffi from 'koffi';
import { libcFunction } from './library.ts';
import { SysError } from './sys-error.ts';

const UV_SIGNAL = 16;

/**
 * Call `onSignal` from the event loop for each of these signals, for the rest of this process's life; to be called once; equal ones may
 * come merged. Runs outside Node's callback scope: start promise work through setImmediate.
 */
export function watchSignals(signals: readonly number[], onSignal: (signal: number) => void): void {
  const uv = bindings();
  const callback = koffi.register((_handle: unknown, signal: number) => {
    try {
      onSignal(signal);
    } catch (error) {
      // an exception cannot cross the C frames of libuv
      process.emit('uncaughtException', error instanceof Error ? error : new Error(String(error)));
    }
  }, koffi.pointer('podctlSignalCallback'));
  const bytes = Number(uv.handleSize(UV_SIGNAL));
  for (const signal of signals) {
    const handle = koffi.alloc('uint8_t', bytes);
    check(uv.init(uv.defaultLoop(), handle), signal);
    check(uv.start(handle, callback, signal), signal);
  }
}

/** Made at the first call: koffi's names are the process's, and this module may be in two bundles of it. */
function bindings() {
  koffi.proto('void podctlSignalCallback(void *handle, int signal)');
  return {
    init: libcFunction('int uv_signal_init(void *loop, void *handle)'),
    start: libcFunction('int uv_signal_start(void *handle, podctlSignalCallback *callback, int signal)'),
    handleSize: libcFunction('size_t uv_handle_size(int type)'),
    defaultLoop: libcFunction('void *uv_default_loop()'),
  };
}

function check(result: number, signal: number): void {
  if (result < 0) throw new SysError('uv_signal_start', -result, `signal ${signal}`);
}
