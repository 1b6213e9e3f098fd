/** argv[0] → path, as execvp(3) does it, but with the container's PATH and with the reason when it fails. */
import { accessSync, constants, statSync } from 'node:fs';
import { posix } from 'node:path';

export type Resolved =
  | { readonly ok: true; readonly path: string }
  /** 127 not found, 126 found but not executable: the shell's exit codes */
  | { readonly ok: false; readonly exitCode: 126 | 127; readonly message: string };

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Look a command up in the present root. A name with a slash is taken relative to the working directory. */
export function resolveExecutable(name: string, envp: readonly string[], workingDir: string): Resolved {
  if (name.includes('/')) return judge(name, [posix.resolve(workingDir, name)]);
  const path = envp.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? defaultPath;
  return judge(
    name,
    path.split(':').map((directory) => posix.resolve(workingDir, directory || '.', name)),
  );
}

function judge(name: string, candidates: readonly string[]): Resolved {
  let unusable: string | undefined;
  for (const path of candidates) {
    const kind = kindOf(path);
    if (kind === 'executable') return { ok: true, path };
    if (kind !== 'absent') unusable ??= `${path}: ${kind}`;
  }
  if (unusable !== undefined) return { ok: false, exitCode: 126, message: `exec ${unusable}` };
  return { ok: false, exitCode: 127, message: `exec ${name}: not found in the container's ${whereLooked(name)}` };
}

const whereLooked = (name: string): string => (name.includes('/') ? 'file system' : 'PATH');

function kindOf(path: string): 'executable' | 'absent' | 'is a directory' | 'permission denied' {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'absent';
    if (found.isDirectory()) return 'is a directory';
    accessSync(path, constants.X_OK);
    return 'executable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'permission denied' : 'absent';
  }
}
