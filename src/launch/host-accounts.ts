/** Of the machine's users and groups those that a manifest names, for the minimal /etc of `image: host`. Pure. */
import type { ProgramSpec } from '../model/pod-spec.ts';
import type { HostFacts } from './launch-context.ts';

export interface HostUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface HostGroup {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** In every /etc anyway. */
const fixedUsers: ReadonlySet<string> = new Set(['root', 'nobody']);
const fixedGroups: ReadonlySet<string> = new Set(['root', 'tty', 'nogroup']);

/** The users that programs run as by name, each once; those the machine does not have are left out. */
export function namedUsers(programs: readonly ProgramSpec[], passwd: string): HostUser[] {
  const names = namesOf(programs, ({ userName }) => userName);
  const wanted = new Set([...names].filter((name) => !fixedUsers.has(name)));
  return linesOf(passwd, wanted).flatMap(([name = '', , uid = '', gid = '', , home = '']) =>
    isId(uid) && isId(gid) && /^\/[!-9;-~]*$/.test(home) ? [{ name, uid: Number(uid), gid: Number(gid), home }] : [],
  );
}

/** The groups named by programs, those the named users are in, and their own; only named users are told as members. */
export function namedGroups(programs: readonly ProgramSpec[], { passwd, group }: HostFacts): HostGroup[] {
  const users = namesOf(programs, ({ userName }) => userName);
  const wanted = namesOf(programs, ({ groupName }) => groupName);
  const own = new Set(namedUsers(programs, passwd).map(({ gid }) => gid));
  const groups = linesOf(group).flatMap(([name = '', , gid = '', members = '']) =>
    isId(gid) && !fixedGroups.has(name)
      ? [{ name, gid: Number(gid), members: members.split(',').filter((member) => users.has(member)) }]
      : [],
  );
  return groups.filter(({ name, gid, members }) => wanted.has(name) || own.has(gid) || members.length > 0);
}

function namesOf(programs: readonly ProgramSpec[], nameOf: (program: ProgramSpec) => string | undefined): Set<string> {
  return new Set(programs.flatMap((program) => nameOf(program) ?? []));
}

/** passwd(5), group(5): fields between colons. The first line of a name counts, as for getpwnam(3); odd names are no business of ours. */
function linesOf(text: string, wanted?: ReadonlySet<string>): string[][] {
  const lines = text.split('\n').map((line) => line.split(':'));
  const first = new Map<string, string[]>();
  for (const fields of lines) {
    const [name = ''] = fields;
    const isWanted = wanted === undefined || wanted.has(name);
    if (isWanted && /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(name) && !first.has(name)) first.set(name, fields);
  }
  return [...first.values()];
}

const isId = (text: string): boolean => /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1;
