/** Tells when entries of a directory change, and when the directory is gone. */
import { existsSync, unwatchFile, watch, watchFile } from 'node:fs';
import { join } from 'node:path';

const lookMs = 1_000;

export interface DirectoryWatch {
  readonly close: () => void;
}

/**
 * `onChange` gets the entry's name. Where inotify is used up (fs.inotify.max_user_instances), `watched` alone is looked at, each
 * second. Keeps no process alive.
 */
export function watchDirectory(
  directory: string,
  watched: string,
  onChange: (entry: string) => void,
  onGone: () => void,
): DirectoryWatch {
  const file = join(directory, watched);
  const look = (entry: string): void => {
    if (existsSync(directory)) onChange(entry);
    else onGone();
  };
  const lookAtFile = (): void => look(watched);
  const fallBack = (): void => void watchFile(file, { interval: lookMs, persistent: false }, lookAtFile);
  const stop = (): void => unwatchFile(file, lookAtFile);
  try {
    const watcher = watch(directory, { persistent: false }, (_kind, entry) => look(entry ?? watched));
    watcher.on('error', fallBack);
    return {
      close: () => {
        watcher.close();
        stop();
      },
    };
  } catch {
    fallBack();
    return { close: stop };
  }
}
