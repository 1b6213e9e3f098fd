/** PID 1 serves files in /proc that its own container reads: nobody waits forever, whatever happens to either. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, initPid, isRunning, podPids } from '../support/pods.ts';
import { readProc, readProcess } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const limits = { memory: '64Mi' };
/** Fails loudly in the log when a read does. */
const reading = 'while :; do cat /proc/meminfo /proc/stat >/dev/null || echo FAILED; done';

describeReal("a container's view of /proc in trouble", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const start = async (name: string, container: Record<string, unknown> = {}): Promise<PodObject> => {
    await instance.apply(aPod({ name, containers: [aContainer({ resources: { limits }, ...container })] }));
    return instance.waitForPod(name, 'runs', isRunning);
  };
  const sh = async (pod: string, script: string): Promise<string> => {
    const { code, output } = await instance.exec(pod, ['/bin/sh', '-c', script]);
    expect({ script, code, output }).toMatchObject({ code: 0 });
    return output;
  };
  const total = (pod: string): Promise<string> => sh(pod, 'head -1 /proc/meminfo');
  const limited = 'MemTotal:          65536 kB';
  const stop = (pid: number): void => void process.kill(pid, 'SIGSTOP');
  const go = (pid: number): void => void process.kill(pid, 'SIGCONT');
  const isWaiting = (pid: number): boolean => /fuse|request_wait/.test(readProc(pid, 'wchan') ?? '');

  test('the files look like those of /proc, and nobody can change them', async () => {
    await start('files');
    expect(await sh('files', 'stat -c "%s %a %U" /proc/meminfo')).toBe('8192 444 root');
    expect(await sh('files', 'stat -f -c %b /proc/meminfo; df -a /proc/meminfo | tail -1')).toMatch(/^0\npodctl/);
    expect(await sh('files', 'ls -l /proc >/dev/null; cp /proc/meminfo /tmp/copy; head -1 /tmp/copy')).toBe(limited);
    expect(await sh('files', 'dd if=/proc/meminfo bs=7 2>/dev/null | wc -l')).toBe(
      String(readFileSync('/proc/meminfo', 'utf8').trim().split('\n').length),
    );
    const refused = await sh(
      'files',
      '(echo x > /proc/meminfo; chmod 777 /proc/meminfo; rm /proc/meminfo; touch /proc/stat) 2>&1 || true',
    );
    expect(refused.split('\n')).toHaveLength(4);
    expect(refused.match(/Read-only file system|Operation not permitted/g)).toHaveLength(4);
    expect(await sh('files', '/proc/meminfo 2>&1; echo $?')).toMatch(/126$/);
    await instance.deletePod('files', 0);
  });

  test('programs that copy by sendfile, by size or from the end get all of it', async () => {
    await start('copied');
    const lines = await sh('copied', 'cat /proc/cpuinfo | wc -l');
    // busybox copies by sendfile(2), of which newer kernels make nothing for a file that says it is empty
    const cat = existsSync('/usr/bin/busybox') ? 'busybox cat' : 'cat';
    await sh('copied', `${cat} /proc/cpuinfo >/tmp/cat`);
    expect(
      await sh(
        'copied',
        'cp /proc/cpuinfo /tmp/cp; tac /proc/cpuinfo >/tmp/tac; tail -n 500 /proc/cpuinfo >/tmp/tail; dd if=/proc/cpuinfo of=/tmp/dd 2>/dev/null; for i in cat cp tac tail dd; do wc -l </tmp/$i; done',
      ),
    ).toBe(Array(5).fill(lines).join('\n'));
    expect(await sh('copied', 'tail -n 1 /proc/meminfo')).toMatch(/^DirectMap\w+: +\d+ kB$/);
    expect(await sh('copied', 'wc -c </proc/meminfo')).toBe(await sh('copied', 'cat /proc/meminfo | wc -c'));
    await instance.deletePod('copied', 0);
  });

  test('other users and other mount namespaces see it', async () => {
    await start('nested', { securityContext: { privileged: true } });
    expect(await sh('nested', 'setpriv --reuid 1000 --regid 1000 --clear-groups head -1 /proc/meminfo')).toBe(limited);
    expect(await sh('nested', 'unshare -m head -1 /proc/meminfo')).toBe(limited);
    await instance.deletePod('nested', 0);
  });

  test('PID 1 does not wait for itself where a link leads it to its own file', async () => {
    const second = aProgram('second', { user: 'nobody', restart: { policy: 'never' } });
    await start('linked', { processes: [aProgram('main'), second] });
    await sh('linked', 'for i in passwd group; do ln -sf /proc/meminfo /etc/$i; done');
    const refusal = await instance.podctl(['restart', 'linked/main/second']);
    expect(`${refusal.stdout}${refusal.stderr}`).toContain('podinit makes');
    expect(await total('linked')).toBe(limited);
    expect((await instance.podctl(['exec', 'linked', '--', '/proc/meminfo'])).exitCode).toBe(126);
    await sh('linked', 'mkdir /tmp/bin; ln -s /proc/stat /tmp/bin/tool; ! PATH=/tmp/bin tool 2>/dev/null');
    await instance.deletePod('linked', 0);
  });

  test('a thousand readers at once all get whole texts', async () => {
    await start('crowd', { resources: { limits: { memory: '512Mi' } } });
    const script = 'i=0; while [ $i -lt 1000 ]; do cat /proc/meminfo & i=$((i+1)); done; wait';
    const lines = (await sh('crowd', script)).split('\n');
    const fields = readFileSync('/proc/meminfo', 'utf8').trim().split('\n').length;
    expect(lines).toHaveLength(1000 * fields);
    expect(lines.filter((line) => line === 'MemTotal:         524288 kB')).toHaveLength(1000);
    await instance.deletePod('crowd', 0);
  });

  /** The host's pid of a reader that waits for PID 1, which stands still. */
  const aWaitingReader = async (pod: PodObject, init: number): Promise<number> => {
    stop(init);
    return waitFor('a reader waits', () => podPids(pod, 'main', 'app').find(isWaiting));
  };

  test('a reader that is killed while it waits is gone, and the next one is served', async () => {
    const pod = await start('impatient', {
      processes: [aProgram('main'), aProgram('reader', { command: ['/bin/sh', '-c', reading] })],
    });
    const init = initPid(pod);
    const reader = await aWaitingReader(pod, init);
    // one whose question PID 1 has taken already, and not answered, dies when PID 1 goes on: FUSE knows no other way
    process.kill(reader, 'SIGKILL');
    go(init);
    await waitFor('it is gone', () => readProcess(reader) === undefined);
    expect(await total('impatient')).toBe(limited);
    await instance.deletePod('impatient', 0);
  });

  test('a container whose PID 1 is killed while readers wait is gone at once, and starts again', async () => {
    const readers = Array.from({ length: 5 }, (_, i) =>
      aProgram(`reader${i}`, { command: ['/bin/sh', '-c', reading] }),
    );
    const pod = await start('killed', { processes: [aProgram('main'), ...readers] });
    const init = initPid(pod);
    await aWaitingReader(pod, init);
    const pids = podPids(pod, 'main');
    process.kill(init, 'SIGKILL');
    await waitFor('all are gone', () => pids.every((pid) => readProcess(pid) === undefined));
    await instance.waitForPod('killed', 'runs again', (now) => isRunning(now) && containerOf(now).restartCount > 0);
    expect(await total('killed')).toBe(limited);
    await instance.deletePod('killed', 0);
  });

  test('a reader that is frozen while it waits holds nobody up, and goes on afterwards', async () => {
    const pod = await start('frozen', {
      processes: [aProgram('main'), aProgram('reader', { command: ['/bin/sh', '-c', reading] })],
    });
    const init = initPid(pod);
    await aWaitingReader(pod, init);
    const paused = instance.podctl(['pause', 'frozen/main/reader']);
    go(init);
    expect((await paused).exitCode).toBe(0);
    expect(await total('frozen')).toBe(limited);
    expect((await instance.podctl(['resume', 'frozen/main/reader'])).exitCode).toBe(0);
    expect(await total('frozen')).toBe(limited);
    expect(await instance.podctlOk(['logs', 'frozen'])).not.toContain('FAILED');
    await instance.deletePod('frozen', 0);
  });

  test('a container can be deleted while its readers are frozen', async () => {
    const pod = await start('cold', { command: ['/bin/sh', '-c', reading] });
    const pids = podPids(pod, 'main');
    expect((await instance.podctl(['pause', 'cold'])).exitCode).toBe(0);
    await instance.deletePod('cold', 0);
    expect(pids.filter((pid) => readProcess(pid) !== undefined)).toEqual([]);
  });

  test('reading goes on without an error while podd is killed and comes back', async () => {
    await start('steady', { command: ['/bin/sh', '-c', `echo begun; ${reading}`] });
    await instance.killPodd();
    await instance.startPodd();
    await instance.waitForPod('steady', 'runs', isRunning);
    expect(await total('steady')).toBe(limited);
    expect(await instance.podctlOk(['logs', 'steady'])).toBe('begun');
    await instance.deletePod('steady', 0);
  });
});
