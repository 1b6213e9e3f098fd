/** Where a standalone podinit is spoken to. */
import { lstatSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listenUnix } from '../linux/descriptors.ts';
import { currentPid } from '../linux/process.ts';

export interface ControlSocket {
  readonly fd: number;
  readonly path: string;
  readonly remove: () => void;
}

/** In the order they are tried. */
export function socketCandidates(given: string | undefined, env: NodeJS.ProcessEnv): readonly string[] {
  if (given !== undefined) return [given];
  if (env.PODINIT_SOCKET) return [env.PODINIT_SOCKET];
  return [
    '/run/podinit.sock',
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'podinit.sock')] : []),
    `/tmp/podinit-${currentPid()}.sock`,
  ];
}

/** Mode 0600. Undefined: none of the candidates can be made; an explicitly wanted one throws instead. */
export function openControlSocket(given: string | undefined, env: NodeJS.ProcessEnv): ControlSocket | undefined {
  const candidates = socketCandidates(given, env);
  for (const path of candidates) {
    try {
      return listenAt(path);
    } catch (error) {
      if (candidates.length === 1) throw error;
    }
  }
  return undefined;
}

function listenAt(path: string): ControlSocket {
  removeSocket(path);
  const before = process.umask(0o177);
  try {
    return { fd: listenUnix(path), path, remove: () => removeSocket(path) };
  } finally {
    process.umask(before);
  }
}

/** PID 1's own from an earlier start of the container, whose file system lives on. Only ever a socket. */
function removeSocket(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  } catch {
    // none there, or not ours to remove: bind will say it
  }
}
