/** The text of /proc/self/mountinfo, proc_pid_mountinfo(5). */

export interface MountEntry {
  readonly mountPoint: string;
  /** per-mount options: `rw`, `nosuid` … */
  readonly options: readonly string[];
  /** mounts below it are told to others, or come from others */
  readonly isShared: boolean;
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** In the kernel's order: of several on one mount point the last is seen. Lines that are not understood are left out. */
export function parseMountinfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ', 2);
    const fields = before?.split(' ') ?? [];
    const [type, source = '', superOptions = ''] = after?.split(' ') ?? [];
    const mountPoint = fields[4];
    if (type === undefined || mountPoint === undefined) return [];
    const options = (fields[5] ?? '').split(',');
    const isShared = fields.slice(6).some((field) => /^(shared|master):/.test(field));
    return [
      {
        mountPoint: unescapePath(mountPoint),
        options,
        isShared,
        type,
        source: unescapePath(source),
        superOptions: superOptions.split(','),
      },
    ];
  });
}

/** The mount that an absolute path without links is on. */
export function mountOf(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  const holds = ({ mountPoint }: MountEntry) =>
    mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
  return mounts.filter(holds).reduce<MountEntry | undefined>((best, mount) => {
    return best !== undefined && best.mountPoint.length > mount.mountPoint.length ? best : mount;
  }, undefined);
}

/** Space, tab, newline and backslash are written as octal. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
