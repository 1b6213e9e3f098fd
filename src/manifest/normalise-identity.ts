/** Whom a program runs as: its own user and groups, else its container's. */
import type { AccountPart, ProgramSpec } from '../model/pod-spec.ts';
import { type Account, parseAccount, parseUser } from './process-values.ts';
import type { ProcessInput } from './schema.ts';

/** The container's securityContext, the pod's where it says nothing. */
export interface InheritedIdentity {
  readonly uid: number;
  readonly gid: number;
  readonly supplementaryGroups: readonly number[];
  /** a group of every program, whatever groups it has else */
  readonly fsGroup?: number | undefined;
  /** what the container's /etc/passwd and /etc/group are asked for of a user by number */
  readonly fromAccounts: readonly AccountPart[];
  /** supplementalGroupsPolicy Strict: none but those that the manifest names */
  readonly isStrict: boolean;
}

/** Stands for a name until the container's /etc/passwd and /etc/group are read: nobody, should it ever be used as it is. */
const unresolved = 65_534;

type Identity = Pick<ProgramSpec, 'userName' | 'groupName' | 'uid' | 'gid' | 'supplementaryGroups' | 'fromAccounts'>;

/** Names stay names. A user by name has its own group and groups of /etc/group, unless the manifest names others. */
export function normaliseIdentity(process: ProcessInput, inherited: InheritedIdentity): Identity {
  const written = process.user === undefined ? undefined : parseUser(process.user);
  const group = process.group === undefined ? written?.group : parseAccount(process.group);
  const isNamed = written?.user.kind === 'name';
  return {
    ...userOf(written?.user, inherited),
    ...groupOf(group, isNamed, inherited),
    ...(isNamed ? namedGroups(process, inherited) : numberedGroups(process, group, inherited)),
  };
}

type Groups = Pick<Identity, 'supplementaryGroups' | 'fromAccounts'>;

/** Of a user by number the container's files are asked only where it has files of its own. */
function numberedGroups(process: ProcessInput, group: Account | undefined, inherited: InheritedIdentity): Groups {
  const isGiven = { gid: group !== undefined, groups: process.supplementaryGroups !== undefined };
  const asked = inherited.fromAccounts.filter((part) => !isGiven[part]);
  return { supplementaryGroups: allGroups(process, inherited), ...(asked.length === 0 ? {} : { fromAccounts: asked }) };
}

function namedGroups(process: ProcessInput, inherited: InheritedIdentity): Groups {
  const supplementaryGroups = allGroups(process, inherited);
  if (process.supplementaryGroups !== undefined) return { supplementaryGroups };
  if (supplementaryGroups.length === 0) return {};
  return { supplementaryGroups, ...(inherited.isStrict ? {} : { fromAccounts: ['groups'] }) };
}

function allGroups(process: ProcessInput, { supplementaryGroups, fsGroup }: InheritedIdentity): number[] {
  const groups = process.supplementaryGroups ?? supplementaryGroups;
  return [...new Set([...groups, ...(fsGroup === undefined ? [] : [fsGroup])])];
}

function userOf(user: Account | undefined, { uid }: InheritedIdentity): Pick<Identity, 'userName' | 'uid'> {
  if (user === undefined) return { uid };
  return user.kind === 'id' ? { uid: user.id } : { userName: user.name, uid: unresolved };
}

/** Beside a user by name, a group's number is kept as its name too: without one the user's own group would be taken. */
function groupOf(
  group: Account | undefined,
  isNamed: boolean,
  { gid }: InheritedIdentity,
): Pick<Identity, 'groupName' | 'gid'> {
  if (group === undefined) return { gid: isNamed ? unresolved : gid };
  if (group.kind === 'name') return { groupName: group.name, gid: unresolved };
  return isNamed ? { groupName: String(group.id), gid: group.id } : { gid: group.id };
}
