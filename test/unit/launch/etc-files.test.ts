import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planMinimalEtc, planNameFiles, resolvConf } from '../../../src/launch/etc-files.ts';
import type { RootOp } from '../../../src/model/launch-plan.ts';
import { aContainer, aHost, aProgram } from './a-pod.ts';

const contentOf = (ops: readonly RootOp[], path: string) =>
  ops.flatMap((op) => (op.op === 'file' && op.path === path ? [op.content] : []))[0] ?? '';

describe('resolvConf', () => {
  test.each([
    ['keeps servers and search domains', 'nameserver 1.1.1.1\nsearch a.b c\n', 'nameserver 1.1.1.1\nsearch a.b c\n'],
    ['drops comments and unknown words', '# x\nfoo bar\nnameserver ::1', 'nameserver ::1\n'],
    ['drops a line with a NUL', 'nameserver 1.1.1.1\0\nnameserver 2.2.2.2', 'nameserver 2.2.2.2\n'],
    ['drops a line with a carriage return inside', 'search a\rnameserver 6.6.6.6', ''],
  ])('%s', (_, text, expected) => {
    expect(resolvConf(text)).toBe(expected);
  });

  test('gives printable lines whatever the host has', () => {
    const words = fc.constantFrom('nameserver', 'search ', 'options', '\n', '\0', '\r', ' ', '1.1.1.1', 'é', '\t');
    fc.assert(
      fc.property(fc.array(words), (parts) => {
        expect(resolvConf(parts.join(''))).toMatch(/^((nameserver|search|options)[\t -~]+\n)*$/);
      }),
    );
  });
});

describe('planNameFiles', () => {
  test('names the pod', () => {
    const files = planNameFiles('demo', aHost());
    expect(contentOf(files, '/etc/hostname')).toBe('demo\n');
    expect(contentOf(files, '/etc/hosts')).toContain('127.0.1.1\tdemo\n');
  });

  test('takes no line from a name', () => {
    const hosts = contentOf(planNameFiles('a\n6.6.6.6\tbank', aHost()), '/etc/hosts');
    expect(hosts).toContain('127.0.1.1\ta6.6.6.6bank\n');
  });
});

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
