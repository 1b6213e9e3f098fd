/** The directories of an instance. */
import { mkdirSync, statSync } from 'node:fs';
import type { InstancePaths } from '../model/instance-paths.ts';
import { PodError } from '../util/pod-error.ts';

/** Makes the state and run directories, mode 0700. Rejects directories that somebody other than this user could write to. */
export function prepareDirectories(paths: InstancePaths): void {
  prepare(paths.root, 'PODCTL_ROOT');
  prepare(paths.run, 'PODCTL_RUN');
}

function prepare(path: string, variable: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new PodError('StateDirectory', `make ${path}`, { cause, hint: `${variable} names another directory` });
  }
  const { uid, mode } = statSync(path);
  const isOurs = uid === process.geteuid?.() && (mode & 0o022) === 0;
  if (isOurs) return;
  throw new PodError('StateDirectory', `${path} belongs to uid ${uid} with mode ${(mode & 0o7777).toString(8)}`, {
    hint: `whoever can write there controls what runs as root: chown root ${path} && chmod 0700 ${path}, or set ${variable}`,
  });
}
