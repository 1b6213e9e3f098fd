/** Tests of the tests: what an instance could leave behind is found and named. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { findLeaks, type InstanceMark, remember, snapshotHost } from '../support/leaks.ts';
import { allPids, ancestors, readNamespace, readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('the leak check', () => {
  const cgroupName = `podctl-leak-${process.pid}`;
  const seconds = `1000.${process.pid}`;
  let base: string;
  let before: ReturnType<typeof snapshotHost>;
  let seen: InstanceMark['seen'];
  const children: ChildProcess[] = [];
  beforeEach(() => {
    before = snapshotHost();
    seen = { processes: new Set(), namespaces: new Set() };
    base = mkdtempSync('/tmp/pc-');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(base, { recursive: true, force: true });
  });

  const mark = () => ({ base, cgroupName, seen });
  const leaks = (): string[] => findLeaks(before, mark());
  const start = (command: string, args: readonly string[], env = {}): ChildProcess => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
    children.push(child);
    return child;
  };

  test('a clean machine is clean', () => {
    expect(leaks()).toEqual([]);
  });

  test('a process with the instance’s environment is named', async () => {
    const child = start('sleep', ['1000'], { PODCTL_RUN: `${base}/run` });
    await waitFor('it is seen', () => leaks().includes(`process ${child.pid} S sleep: sleep 1000`));
  });

  test('a namespace that lives on is named with its holder', async () => {
    const child = start('unshare', ['--uts', 'sleep', '1000']);
    const isOwn = () => readNamespace(child.pid ?? 0, 'uts') !== readNamespace('self', 'uts');
    await waitFor('it has its own', isOwn);
    expect(leaks()).toEqual([
      expect.stringContaining(`namespace ${readNamespace(child.pid ?? 0, 'uts')} held by ${child.pid}`),
    ]);
  });

  test('a main that lives on after it was seen is named with what it holds', async () => {
    const child = start('unshare', ['--net', 'setsid', '--fork', 'sleep', seconds]);
    const orphan = await waitFor('it was left alone', () => allPids().find(isLeftAlone));
    remember(before, mark(), [orphan]);
    child.kill('SIGKILL');
    const found = leaks();
    process.kill(orphan, 'SIGKILL');
    expect(found).toContainEqual(expect.stringContaining(`process ${orphan}`));
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`namespace net:.* held by ${orphan} `)));
  });

  const isLeftAlone = (pid: number): boolean =>
    (readProc(pid, 'cmdline') ?? '').startsWith(`sleep\0${seconds}\0`) && !ancestors(pid).includes(process.pid);

  test('what is left of the network is named', () => {
    const link = `pcleak${process.pid}`;
    const record = '/run/podctl-ranges.json';
    const before6 = readFileSync('/proc/sys/net/ipv6/conf/lo/accept_ra', 'utf8').trim();
    const other = before6 === '0' ? '1' : '0';
    execaSync('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}p`]);
    execaSync('ip', ['route', 'add', 'local', '192.0.2.77/32', 'dev', 'lo', 'table', 'local']);
    execaSync('nft', ['add', 'table', 'inet', link]);
    writeFileSync('/proc/sys/net/ipv6/conf/lo/accept_ra', other);
    writeFileSync(record, JSON.stringify([{ run: join(base, 'run') }]));
    const found = leaks();
    rmSync(record);
    writeFileSync('/proc/sys/net/ipv6/conf/lo/accept_ra', before6);
    execaSync('nft', ['delete', 'table', 'inet', link]);
    execaSync('ip', ['route', 'del', 'local', '192.0.2.77/32', 'dev', 'lo', 'table', 'local']);
    execaSync('ip', ['link', 'del', link]);
    expect(found.toSorted()).toEqual(
      [
        `network link ${link}`,
        `network link ${link}p`,
        'route local 192.0.2.77/32 table 255 on lo',
        `nftables table inet ${link}`,
        `/proc/sys/net/ipv6/conf/lo/accept_ra is ${other}, it was ${before6}`,
        `its part of ${record}`,
      ].toSorted(),
    );
    expect(leaks()).toEqual([]);
  });

  test('a cgroup, a mount, a socket and a record are named', async () => {
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '));
    const hierarchy = mounts.find(([, , type]) => type === 'cgroup' || type === 'cgroup2')?.[1] ?? '';
    const cgroup = join(hierarchy, cgroupName);
    mkdirSync(cgroup);
    mkdirSync(join(base, 'run'));
    mkdirSync(join(base, 'root', 'pods'), { recursive: true });
    writeFileSync(join(base, 'root', 'pods', 'x.json'), '');
    execaSync('mount', ['-t', 'tmpfs', 'leak', join(base, 'root', 'pods')]);
    const server = createServer().listen(join(base, 'run', 'podctl.sock'));
    await waitFor('it listens', () => server.listening);
    try {
      const found = leaks();
      for (const what of [`cgroup ${cgroup}`, 'mount in the namespace', 'socket ', 'socket file ']) {
        expect
          .soft(
            found.some((line) => line.startsWith(what)),
            what,
          )
          .toBe(true);
      }
    } finally {
      server.close();
      execaSync('umount', [join(base, 'root', 'pods')]);
      rmdirSync(cgroup);
    }
    expect(leaks()).toContain(`file ${join(base, 'root', 'pods', 'x.json')}`);
  });
});
