/** PID 1 serves files of its container, and must never open one of them: it would wait for its own answer. */
import { deviceOf } from '../linux/at.ts';

let own: readonly [major: number, minor: number] | undefined;

/** The device of the files that this process serves from now on; undefined: none. */
export function rememberOwnFiles(device: readonly [major: number, minor: number] | undefined): void {
  own = device;
}

/** Whether an O_PATH handle is of a file that this process serves, whatever links and mounts led there. */
export function isOwnFile(handle: number): boolean {
  if (own === undefined) return false;
  const [major, minor] = deviceOf(handle);
  return major === own[0] && minor === own[1];
}
