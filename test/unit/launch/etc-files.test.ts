import { describe, expect, test } from 'vitest';
import { planMinimalEtc } from '../../../src/launch/etc-files.ts';
import type { RootOp } from '../../../src/model/launch-plan.ts';
import { aContainer, aHost, aProgram } from './a-pod.ts';

const contentOf = (ops: readonly RootOp[], path: string) =>
  ops.flatMap((op) => (op.op === 'file' && op.path === path ? [op.content] : []))[0] ?? '';

describe('planMinimalEtc', () => {
  test('knows the users and groups that programs run as, each once', () => {
    const programs = [
      aProgram({ uid: 1000, gid: 1000, supplementaryGroups: [5, 44] }),
      aProgram({ name: 'second', uid: 1000, gid: 1000 }),
    ];
    const ops = planMinimalEtc(aContainer('web', { programs }), aHost());
    expect(contentOf(ops, '/etc/passwd').split('\n')).toEqual([
      'root:x:0:0:root:/root:/bin/sh',
      'user1000:x:1000:1000::/:/bin/sh',
      'nobody:x:65534:65534:nobody:/:/usr/sbin/nologin',
      '',
    ]);
    expect(contentOf(ops, '/etc/group').split('\n')).toEqual([
      'root:x:0:',
      'tty:x:5:',
      'group1000:x:1000:',
      'group44:x:44:',
      'nogroup:x:65534:',
      '',
    ]);
  });

  test('links to time zone and release only where the host does', () => {
    const { localtime, osRelease, ...host } = aHost();
    expect([localtime, osRelease]).not.toContain(undefined);
    const links = planMinimalEtc(aContainer(), host).filter(({ op }) => op === 'symlink');
    expect(links).toEqual([{ op: 'symlink', path: '/etc/mtab', target: '../proc/self/mounts' }]);
  });

  test('knows users and groups by name as the machine does, and no other of them', () => {
    const programs = [
      aProgram({ userName: 'redis', uid: 65_534, gid: 65_534 }),
      aProgram({ name: 'log', userName: 'nobody', groupName: 'adm', uid: 65_534, gid: 65_534 }),
      aProgram({ name: 'typo', userName: 'rediss', uid: 65_534, gid: 65_534 }),
    ];
    const ops = planMinimalEtc(aContainer('web', { programs }), aHost());
    expect(contentOf(ops, '/etc/passwd').split('\n')).toEqual([
      'root:x:0:0:root:/root:/bin/sh',
      'redis:x:110:112::/var/lib/redis:/bin/sh',
      'nobody:x:65534:65534:nobody:/:/usr/sbin/nologin',
      '',
    ]);
    expect(contentOf(ops, '/etc/group').split('\n')).toEqual([
      'root:x:0:',
      'tty:x:5:',
      'adm:x:4:redis',
      'redis:x:112:',
      'nogroup:x:65534:',
      '',
    ]);
  });

  test.each([
    ['a home with a blank', 'redis:x:110:112::/var lib:/bin/sh'],
    ['an id that is none', 'redis:x:-1:112::/var:/bin/sh'],
    ['too few fields', 'redis:x:110'],
  ])('takes no odd line of the machine: %s', (_, line) => {
    const programs = [aProgram({ userName: 'redis', uid: 65_534, gid: 65_534 })];
    const ops = planMinimalEtc(aContainer('web', { programs }), aHost({ passwd: line }));
    expect(contentOf(ops, '/etc/passwd')).not.toContain('redis');
  });
});
