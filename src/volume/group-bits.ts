/** Permission bits by which the group of fsGroup gets at what is in a volume (kubelet SetVolumeOwnership). Pure. */

const setgid = 0o2000;
const search = 0o110;

/** What it adds to a file: to read, and to write where the pod may. */
export const groupFileBits = (isReadOnly: boolean): number => (isReadOnly ? 0o440 : 0o660);

/** To a directory: to search it too, and what is made in it belongs to the group. */
export const groupDirectoryBits = (isReadOnly: boolean): number => groupFileBits(isReadOnly) | search | setgid;

/** Whether a directory is the group's already. */
export const isOwned = (directory: { readonly gid: number; readonly mode: number }, fsGroup: number): boolean =>
  directory.gid === fsGroup && (directory.mode & groupDirectoryBits(false)) === groupDirectoryBits(false);
