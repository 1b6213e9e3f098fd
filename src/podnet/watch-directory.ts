/** Tells when entries of a directory change, and when the directory is gone. */
import { existsSync, unwatchFile, watch, watchFile } from 'node:fs';
import { basename, dirname, join } from 'node:path';

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
  const look = (entry: string): void => {
    if (existsSync(directory)) onChange(entry);
    else onGone();
  };
  const looked = [join(directory, watched), directory];
  const lookAtAll = (): void => look(watched);
  const fallBack = (): void => {
    for (const path of looked) watchFile(path, { interval: lookMs, persistent: false }, lookAtAll);
  };
  const closers = looked.map((path) => () => unwatchFile(path, lookAtAll));
  const watchOne = (path: string, onEntry: (entry: string) => void): void => {
    const watcher = watch(path, { persistent: false }, (_kind, entry) => onEntry(entry ?? watched));
    watcher.on('error', fallBack);
    closers.push(() => watcher.close());
  };
  try {
    watchOne(directory, look);
    // a removed directory says so itself only when nobody has a file of it open: podnet has its log
    watchOne(dirname(directory), (entry) => {
      if (entry === basename(directory) && !existsSync(directory)) onGone();
    });
  } catch {
    fallBack();
  }
  return {
    close: () => {
      for (const close of closers) close();
    },
  };
}
