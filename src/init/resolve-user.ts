/** A program's user and groups by name, as the container's own /etc/passwd and /etc/group have them at this moment. */
import type { ProgramExecPlan } from '../model/launch-plan.ts';
import { findGroup, findUser, findUserById, groupsOfMember, type NamedUser, type UserEntry } from './account-files.ts';
import { readSmallFile } from './read-small-file.ts';

export type ResolvedUser =
  | {
      readonly ok: true;
      readonly uid: number;
      readonly gid: number;
      readonly supplementaryGroups: readonly number[];
      /** that of the user in /etc/passwd; only when the program is to have it */
      readonly home?: string;
    }
  | { readonly ok: false; readonly message: string };

export type UserFields = Pick<
  ProgramExecPlan,
  'userName' | 'groupName' | 'uid' | 'gid' | 'supplementaryGroups' | 'fromAccounts' | 'homeOfUser'
>;

export interface AccountPaths {
  readonly passwd: string;
  readonly group: string;
}

const ownPaths: AccountPaths = { passwd: '/etc/passwd', group: '/etc/group' };

/**
 * Numbers are taken as they are, also a groupName that is one. Call after the pivot; files are read only for names.
 * `paths`: for tests.
 */
export function resolveUser(exec: UserFields, paths: AccountPaths = ownPaths): ResolvedUser {
  const user = lookUpUser(exec.userName, paths.passwd);
  if (typeof user === 'string') return { ok: false, message: user };
  const account = accountOf(exec, paths.passwd);
  const gid = lookUpGroup(exec, user ?? (exec.fromAccounts?.includes('gid') ? account : undefined), paths.group);
  if (typeof gid === 'string') return { ok: false, message: gid };
  const others = groupsOf(exec, account?.name, paths.group);
  if (typeof others === 'string') return { ok: false, message: others };
  const home = exec.homeOfUser ? user?.home : undefined;
  return {
    ok: true,
    uid: user?.uid ?? exec.uid,
    gid,
    supplementaryGroups: others,
    ...(home === undefined ? {} : { home }),
  };
}

function lookUpUser(name: string | undefined, path: string): UserEntry | string | undefined {
  if (name === undefined) return undefined;
  const text = readSmallFile(path);
  if (typeof text !== 'string') return `user ${JSON.stringify(name)}: ${text.message}`;
  return findUser(text, name) ?? `user ${JSON.stringify(name)} is not in ${path} of the container`;
}

function lookUpGroup(exec: UserFields, user: UserEntry | undefined, path: string): number | string {
  const { groupName: name, gid } = exec;
  if (name === undefined) return user?.gid ?? gid;
  if (/^\d+$/.test(name)) return gid;
  const text = readSmallFile(path);
  if (typeof text !== 'string') return `group ${JSON.stringify(name)}: ${text.message}`;
  return findGroup(text, name) ?? `group ${JSON.stringify(name)} is not in ${path} of the container`;
}

/** Of a user by number the entry that bears it; a file that says nothing, or cannot be read, leaves what the manifest says. */
function accountOf({ fromAccounts = [], userName, uid }: UserFields, path: string): NamedUser | undefined {
  if (fromAccounts.length === 0 || userName !== undefined) return undefined;
  const text = readSmallFile(path, { isOptional: true });
  return typeof text === 'string' ? findUserById(text, uid) : undefined;
}

function groupsOf(exec: UserFields, account: string | undefined, path: string): readonly number[] | string {
  const { supplementaryGroups: given, fromAccounts, userName } = exec;
  if (given !== undefined && fromAccounts?.includes('groups') !== true) return given;
  const found = lookUpMemberships(userName ?? account, path);
  if (typeof found !== 'string') return [...new Set([...(given ?? []), ...found])];
  return userName === undefined ? (given ?? []) : found;
}

/** A container without /etc/group gives nobody any. */
function lookUpMemberships(user: string | undefined, path: string): number[] | string {
  if (user === undefined) return [];
  const text = readSmallFile(path, { isOptional: true });
  return typeof text === 'string'
    ? groupsOfMember(text, user)
    : `groups of user ${JSON.stringify(user)}: ${text.message}`;
}
