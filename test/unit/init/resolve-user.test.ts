import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveUser, type UserFields } from '../../../src/init/resolve-user.ts';

let directory: string;
let paths: { passwd: string; group: string };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podctl-user-'));
  paths = { passwd: join(directory, 'passwd'), group: join(directory, 'group') };
  writeFileSync(paths.passwd, passwd);
  writeFileSync(paths.group, group);
});
afterEach(() => rmSync(directory, { recursive: true }));

const passwd = `# a comment
root:x:0:0:root:/root:/bin/bash
:x:77:77::/:/bin/sh
short:x:5:5
hex:x:0x10:33:::
big:x:4294967295:33:::
minus:x:-1:33:::
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
www-data:x:0:0:second:/root:/bin/sh
homeless:x:40:41::relative:/bin/sh
last:x:4294967294:9::/nine:/bin/sh`;
const group = `root:x:0:
adm:x:4:www-data,syslog
ssl:x:notanumber:www-data
www-data:x:33:
docker:x:990:other,www-data
docker:x:0:
xadm:x:8:notwww-data
toolong:x:4294967295:www-data
`;
const byId: UserFields = { uid: 1000, gid: 1001, homeOfUser: true };
const named = (fields: Partial<UserFields>): UserFields => ({ uid: 65_534, gid: 65_534, homeOfUser: false, ...fields });

describe('resolve user', () => {
  test.each<[string, UserFields, object]>([
    ['numbers as they are', byId, { uid: 1000, gid: 1001, supplementaryGroups: [] }],
    ['given groups', { ...byId, supplementaryGroups: [4, 27] }, { uid: 1000, gid: 1001, supplementaryGroups: [4, 27] }],
    [
      'a name with its own group and those it is a member of',
      named({ userName: 'www-data' }),
      { uid: 33, gid: 33, supplementaryGroups: [4, 990] },
    ],
    [
      'given groups instead of those of /etc/group',
      named({ userName: 'www-data', supplementaryGroups: [] }),
      { uid: 33, gid: 33, supplementaryGroups: [] },
    ],
    [
      'a number with the group and groups of its entry',
      { ...byId, uid: 33, gid: 0, supplementaryGroups: [7, 4], fromAccounts: ['gid', 'groups'] },
      { uid: 33, gid: 33, supplementaryGroups: [7, 4, 990] },
    ],
    [
      'a number with the groups of its entry alone',
      { ...byId, uid: 33, gid: 5, supplementaryGroups: [], fromAccounts: ['groups'] },
      { uid: 33, gid: 5, supplementaryGroups: [4, 990] },
    ],
    [
      'a number without an entry as it is',
      { ...byId, supplementaryGroups: [7], fromAccounts: ['gid', 'groups'] },
      { uid: 1000, gid: 1001, supplementaryGroups: [7] },
    ],
    [
      'a name with its groups beside given ones',
      named({ userName: 'www-data', supplementaryGroups: [7], fromAccounts: ['groups'] }),
      { uid: 33, gid: 33, supplementaryGroups: [7, 4, 990] },
    ],
    [
      'a name and a group by name',
      named({ userName: 'www-data', groupName: 'adm' }),
      { uid: 33, gid: 4, supplementaryGroups: [4, 990] },
    ],
    [
      'a name and a group by number',
      named({ userName: 'www-data', groupName: '50', gid: 50 }),
      { uid: 33, gid: 50, supplementaryGroups: [4, 990] },
    ],
    [
      'a number and a group by name',
      { ...byId, groupName: 'docker' },
      { uid: 1000, gid: 990, supplementaryGroups: [] },
    ],
    [
      'the last line without a newline',
      named({ userName: 'last' }),
      { uid: 4_294_967_294, gid: 9, supplementaryGroups: [] },
    ],
    [
      'the home of a user by name',
      named({ userName: 'www-data', homeOfUser: true }),
      { uid: 33, gid: 33, supplementaryGroups: [4, 990], home: '/var/www' },
    ],
    [
      '/ for a home that is no path',
      named({ userName: 'homeless', homeOfUser: true }),
      { uid: 40, gid: 41, supplementaryGroups: [], home: '/' },
    ],
  ])('takes %s', (_name, exec, user) => {
    expect(resolveUser(exec, paths)).toEqual({ ok: true, ...user });
  });

  test.each(['nobody-here', 'short', 'hex', 'big', 'minus', '', '# a comment'])(
    'does not know the user %j',
    (userName) => {
      const message = `user ${JSON.stringify(userName)} is not in ${paths.passwd} of the container`;
      expect(resolveUser(named({ userName }), paths)).toEqual({ ok: false, message });
    },
  );

  test.each(['nogroup-here', 'ssl', 'toolong'])('does not know the group %j', (groupName) => {
    const message = `group "${groupName}" is not in ${paths.group} of the container`;
    expect(resolveUser(named({ groupName }), paths)).toEqual({ ok: false, message });
  });

  test('reads no file for numbers', () => {
    expect(resolveUser({ ...byId, groupName: '5' }, { passwd: '/nowhere', group: '/nowhere' }).ok).toBe(true);
  });

  test('sees a change at the next look', () => {
    writeFileSync(paths.passwd, 'www-data:x:34:35::/:/bin/sh\n');
    expect(resolveUser(named({ userName: 'www-data' }), paths)).toMatchObject({ uid: 34, gid: 35 });
  });

  test('takes an absent /etc/group for an empty one, not an absent /etc/passwd', () => {
    rmSync(paths.group);
    expect(resolveUser(named({ userName: 'www-data' }), paths)).toMatchObject({ ok: true, supplementaryGroups: [] });
    rmSync(paths.passwd);
    const message = `user "www-data": ${paths.passwd}: ENOENT`;
    expect(resolveUser(named({ userName: 'www-data' }), paths)).toEqual({ ok: false, message });
  });

  test.each([
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['a directory', (path: string) => execFileSync('mkdir', [path])],
    ['a device', (path: string) => execFileSync('ln', ['-s', '/dev/zero', path])],
  ])('is not held up by %s', (_name, plant) => {
    rmSync(paths.passwd);
    plant(paths.passwd);
    const message = `user "www-data": ${paths.passwd} is not a regular file`;
    expect(resolveUser(named({ userName: 'www-data' }), paths)).toEqual({ ok: false, message });
  });

  test('refuses a file over 1 MiB', () => {
    writeFileSync(paths.passwd, 'x'.repeat((1 << 20) + 1));
    const message = `user "www-data": ${paths.passwd} is larger than 1 MiB`;
    expect(resolveUser(named({ userName: 'www-data' }), paths)).toEqual({ ok: false, message });
    writeFileSync(paths.passwd, passwd.padEnd(1 << 20, '\n'));
    expect(resolveUser(named({ userName: 'www-data' }), paths).ok).toBe(true);
  });
});
