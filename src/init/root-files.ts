/** Directories, links and files in a container's new root; the directories above are made too. */
import { chmodSync, mkdirSync, rmdirSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';

// Try first, look only when refused: on the usual fresh root nothing is there, and a start makes fifty of these.

/** An existing directory keeps its mode: it is the image's. */
export function makeDirectory(path: string, mode: number): void {
  const refused = codeOf(() => mkdirSync(path, mode));
  if (refused === 'EEXIST') {
    if (!statSync(path).isDirectory()) throw new Error(`${path} in the rootfs is not a directory`);
    return;
  }
  if (refused !== undefined) mkdirSync(path, { recursive: true, mode });
  // the umask takes bits from mkdir's mode
  if ((mode & ~0o755) !== 0) chmodSync(path, mode);
}

/** Something of that name stays. */
export function makeSymlink(path: string, target: string): void {
  const refused = codeOf(() => symlinkSync(target, path));
  if (refused === 'ENOENT') {
    makeDirectory(posix.dirname(path), 0o755);
    symlinkSync(target, path);
  } else if (refused !== undefined && refused !== 'EEXIST') {
    throw new Error(`make symlink ${path}: ${refused}`);
  }
}

/** Replaces whatever is there: a symlink of the image must not be written through. */
export function makeFile(path: string, mode: number, content: string): void {
  const write = (): void => writeFileSync(path, content, { mode, flag: 'wx' });
  const refused = codeOf(write);
  if (refused !== undefined) {
    if (refused === 'EEXIST') unlinkSync(path);
    else makeDirectory(posix.dirname(path), 0o755);
    write();
  }
  if ((mode & ~0o755) !== 0) chmodSync(path, mode);
}

/** Left where a program put files of its own into it. */
export function removeEmptyDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // never made, or not empty
  }
}

/** The errno name of what was refused. */
function codeOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
