/** passwd(5) and group(5) as text. Malformed lines are skipped; of several entries the first counts, as with getpwnam(3). */

export interface UserEntry {
  readonly uid: number;
  readonly gid: number;
  /** `/` where the entry has no absolute path */
  readonly home: string;
}

export interface NamedUser extends UserEntry {
  readonly name: string;
}

export function findUser(passwd: string, name: string): UserEntry | undefined {
  const found = usersOf(passwd).find((user) => user.name === name);
  return found === undefined ? undefined : { uid: found.uid, gid: found.gid, home: found.home };
}

/** The first entry with that number, as for getpwuid(3). */
export const findUserById = (passwd: string, id: number): NamedUser | undefined =>
  usersOf(passwd).find(({ uid }) => uid === id);

function usersOf(passwd: string): NamedUser[] {
  return fieldsOf(passwd, 7).flatMap(([name = '', , uidText, gidText, , home]) => {
    const uid = parseId(uidText);
    const gid = parseId(gidText);
    if (uid === undefined || gid === undefined) return [];
    return [{ name, uid, gid, home: home?.startsWith('/') === true ? home : '/' }];
  });
}

/** The gid of a group. */
export function findGroup(group: string, name: string): number | undefined {
  for (const [entry, , gidText] of fieldsOf(group, 4)) {
    const gid = parseId(gidText);
    if (entry === name && gid !== undefined) return gid;
  }
  return undefined;
}

/** The gids of all groups with this user among their members, ascending. */
export function groupsOfMember(group: string, user: string): number[] {
  const gids = new Set<number>();
  for (const [, , gidText, members] of fieldsOf(group, 4)) {
    const gid = parseId(gidText);
    if (gid !== undefined && members?.split(',').includes(user) === true) gids.add(gid);
  }
  return [...gids].sort((a, b) => a - b).slice(0, maxGroups);
}

/** NGROUPS_MAX */
const maxGroups = 65_536;

const fieldsOf = (text: string, count: number): string[][] =>
  text.split('\n').flatMap((line) => {
    const fields = line.split(':');
    return fields.length === count && fields[0] !== '' ? [fields] : [];
  });

/** 2³² − 1 means "leave as it is" to the kernel and is nobody's id. */
function parseId(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= 0xffff_fffe ? id : undefined;
}
