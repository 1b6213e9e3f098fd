/** The two libraries every binding comes from: libc and libuv inside the node binary, and our own libpodctl.so. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import { PodError } from '../util/pod-error.ts';

// biome-ignore lint/suspicious/noExplicitAny: arguments and results are fixed by the C prototype beside each call
export type CFunction = (...args: any[]) => any;

const libc = koffi.load(null);

/** A function of libc or libuv by its C prototype. */
export const libcFunction = (prototype: string): CFunction => libc.func(prototype);

/** Where `make -C native` puts the library; every caller of this module lies two folders below the package root. */
export const nativeLibraryPath = fileURLToPath(new URL('../../native/libpodctl.so', import.meta.url));

let native: ReturnType<typeof koffi.load> | undefined;

/** A function of libpodctl.so. PodError `NativeMissing` when it has not been built. */
export function nativeFunction(prototype: string): CFunction {
  if (native === undefined && !existsSync(nativeLibraryPath)) {
    throw new PodError('NativeMissing', `native library ${nativeLibraryPath} is missing`, {
      hint: 'run npm ci (needs a C compiler: apt-get install build-essential)',
    });
  }
  native ??= koffi.load(nativeLibraryPath);
  return native.func(prototype);
}

/** errno of the last call made through koffi on this thread. */
export const lastErrno = (): number => koffi.errno();
