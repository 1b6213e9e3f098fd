/** What programs in a limited container learn of memory, CPUs, load and time from /proc and /sys. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const limits = { memory: '64Mi', cpu: '500m' };
const isV2 = !readFileSync('/proc/self/cgroup', 'utf8').includes(':memory:');
const kilobytes = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);

describeReal("a container's view of /proc", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    const limited = aContainer({ resources: { limits } });
    const busy = aContainer({
      name: 'busy',
      resources: { limits },
      command: ['/bin/sh', '-c', 'while :; do :; done'],
    });
    await instance.apply(aPod({ name: 'seen', containers: [limited, busy] }));
    await instance.apply(aPod({ name: 'off', containers: [aContainer({ resources: { limits }, procView: 'off' })] }));
    await instance.waitForPod('seen', 'runs', isRunning);
    await instance.waitForPod('off', 'runs', isRunning);
  });
  afterAll(() => instance.stop());

  const sh = async (script: string, pod = 'seen', container = 'main'): Promise<string> => {
    const { code, output } = await instance.exec(pod, ['/bin/sh', '-c', script], container);
    expect({ script, code, output }).toMatchObject({ code: 0 });
    return output;
  };
  /** Skips what is not installed in /usr. */
  const withTool = async (tool: string, script: string, container = 'main'): Promise<string | undefined> => {
    const output = await sh(`command -v ${tool} >/dev/null || exit 0; ${script}`, 'seen', container);
    if (output === '') console.warn(`${tool} is not installed in /usr: not tried`);
    return output === '' ? undefined : output;
  };

  test('meminfo has the limit, what is used, and every field that the kernel has', async () => {
    const text = await sh('cat /proc/meminfo');
    expect(kilobytes(text, 'MemTotal')).toBe(64 * 1024);
    expect(kilobytes(text, 'MemFree')).toBeGreaterThan(48 * 1024);
    expect(kilobytes(text, 'MemAvailable')).toBeLessThanOrEqual(64 * 1024);
    const names = (of: string): string[] =>
      of
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0] ?? '');
    expect(names(text)).toEqual(names(readFileSync('/proc/meminfo', 'utf8')));
  });

  test('what is written to a tmpfs is used, shared and cached', async () => {
    const free = async (): Promise<string> => sh('cat /proc/meminfo');
    const before = await free();
    await sh('head -c 16777216 /dev/zero > /dev/shm/file');
    const after = await free();
    await sh('rm /dev/shm/file');
    for (const name of ['Shmem', 'Cached'])
      expect(kilobytes(after, name) - kilobytes(before, name), name).toBeGreaterThan(15 * 1024);
    expect(kilobytes(before, 'MemFree') - kilobytes(after, 'MemFree')).toBeGreaterThan(14 * 1024);
  });

  test.each([
    ['free', 'free -m', /^Mem: +64 /m],
    ['top', 'top -b -n 1 -E m', /MiB Mem : +64\.0 total/],
    ['vmstat', 'vmstat -s -S M', / 64 M total memory/],
    ['lscpu', 'lscpu', /^On-line CPU\(s\) list: +0$/m],
    ['node', `node -p 'require("os").totalmem() + " " + require("os").cpus().length'`, /^67108864 1$/],
    ['python3', 'python3 -c "import os; print(os.cpu_count())"', /^[12]$/],
    ['htop', 'htop --version', /htop/],
  ])('%s shows the limits', async (tool, script, expected) => {
    const output = await withTool(tool, script);
    if (output !== undefined) expect(output).toMatch(expected);
  });

  test('as many CPUs as the limit can keep busy are listed everywhere', async () => {
    expect(await sh('grep -c ^processor /proc/cpuinfo')).toBe('1');
    expect(await sh("grep -c '^cpu[0-9]' /proc/stat")).toBe('1');
    for (const list of ['online', 'possible', 'present'])
      expect(await sh(`cat /sys/devices/system/cpu/${list}`)).toBe('0');
  });

  test('vmstat’s counters are not the machine’s', async () => {
    const paged = async (text: string): Promise<number> => Number(/^pgpgin (\d+)$/m.exec(text)?.[1]);
    expect(await paged(await sh('cat /proc/vmstat'))).toBeLessThan(await paged(readFileSync('/proc/vmstat', 'utf8')));
  });

  test('what a busy container uses is used of the one CPU that it sees', async () => {
    const counter = '/sys/fs/cgroup/cpuacct/cpuacct.usage';
    // all in one go: an exec from outside may take as long as what is measured
    const script = `head -1 /proc/stat; cat ${counter} 2>/dev/null || grep usage_usec /sys/fs/cgroup/cpu.stat; cat /proc/uptime`;
    const output = await sh(`${script}; sleep 3; ${script}`, 'seen', 'busy');
    const [before = '', after = ''] = output.split(/\n(?=cpu )/);
    const [from, to] = [readLook(before), readLook(after)];
    const ticks = to.at - from.at;
    const used = to.used - from.used;
    expect(Math.abs(used - (to.counted - from.counted))).toBeLessThan(0.1 * ticks);
    expect(Math.abs(used + to.idle - from.idle - ticks)).toBeLessThan(0.1 * ticks);
    expect(used / ticks).toBeLessThan(0.58);
  });

  test('a container that is busy has a load, one that sleeps has none', async () => {
    const load = async (container: string): Promise<number> =>
      Number.parseFloat(await sh('cat /proc/loadavg', 'seen', container));
    const busy = await waitFor('a load is seen', async () => {
      const seen = await load('busy');
      return seen > 0.02 && seen;
    });
    expect(await load('main')).toBeLessThan(busy);
  });

  test('only its own processes count', async () => {
    const [, , , counts = ''] = (await sh('cat /proc/loadavg')).split(' ');
    expect(Number(counts.split('/')[1])).toBeLessThan(10);
    expect(Number(/^processes (\d+)$/m.exec(await sh('cat /proc/stat'))?.[1])).toBeLessThan(1000);
  });

  test('uptime counts from its start, and so do the start times of processes', async () => {
    await instance.apply(aPod({ name: 'young' }));
    await instance.waitForPod('young', 'runs', isRunning);
    const [uptime, boot, started] = (
      await sh('cut -d" " -f1 /proc/uptime; grep btime /proc/stat; cut -d" " -f22 /proc/1/stat', 'young')
    ).split('\n');
    expect(Number(uptime)).toBeLessThan(60);
    expect(Math.abs(Number(boot?.split(' ')[1]) - Date.now() / 1000)).toBeLessThan(60);
    expect(Number(started)).toBeLessThan(1_000);
    await instance.deletePod('young', 0);
  });

  test('its idle time is what it has not used of the CPU that it sees', async () => {
    const [times = '', stat = ''] = (await sh('cat /proc/uptime; head -1 /proc/stat')).split('\n');
    const [uptime = 0, idle = 0] = times.split(' ').map(Number);
    const [user = 0, , system = 0] = stat.split(/\s+/).slice(1).map(Number);
    expect(Math.abs(uptime - idle - (user + system) / 100)).toBeLessThan(2);
  });

  test('disks are the machine’s, what happened on them is its own', async () => {
    const names = (text: string): string[] =>
      text
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/)[2] ?? '');
    expect(names(await sh('cat /proc/diskstats'))).toEqual(names(readFileSync('/proc/diskstats', 'utf8')));
    expect(await sh('head -1 /proc/swaps')).toMatch(/^Filename\s+Type\s+Size\s+Used\s+Priority$/);
  });

  test.runIf(isV2)('pressure is that of its cgroup', async () => {
    for (const resource of ['cpu', 'memory', 'io'])
      expect(await sh(`cat /proc/pressure/${resource}`)).toMatch(/^some avg10=\d+\.\d\d avg60=.* total=\d+$/m);
    expect(await sh('grep -r some /proc/pressure | wc -l')).toBe('3');
  });

  test('a change of the limits is seen at the next read', async () => {
    await instance.apply(aPod({ name: 'changed', containers: [aContainer({ resources: { limits } })] }));
    await instance.waitForPod('changed', 'runs', isRunning);
    const total = () => sh('head -1 /proc/meminfo; cat /sys/devices/system/cpu/online', 'changed');
    expect(await total()).toBe('MemTotal:          65536 kB\n0');
    await instance.podctlOk(['set', 'resources', 'changed/main', '--memory', '96Mi', '--cpu', '2']);
    expect(await total()).toBe('MemTotal:          98304 kB\n0-1');
    await instance.deletePod('changed', 0);
  });

  test('procView: off leaves the machine to be seen', async () => {
    expect(kilobytes(await sh('cat /proc/meminfo', 'off'), 'MemTotal')).toBe(
      kilobytes(readFileSync('/proc/meminfo', 'utf8'), 'MemTotal'),
    );
    expect(await sh('grep -c fuse /proc/mounts || true', 'off')).toBe('0');
  });

  test('a volume that covers one of the files stays', async () => {
    const volumes = [{ name: 'mine', configMap: { name: 'mine' } }];
    const volumeMounts = [{ name: 'mine', mountPath: '/proc/cpuinfo', subPath: 'cpuinfo' }];
    await instance.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'mine' },
      data: { cpuinfo: 'mine' },
    });
    await instance.apply(
      aPod({ name: 'covered', volumes, containers: [aContainer({ volumeMounts, resources: { limits } })] }),
    );
    await instance.waitForPod('covered', 'runs', isRunning);
    expect(await sh('cat /proc/cpuinfo; echo; head -1 /proc/meminfo', 'covered')).toBe(
      'mine\nMemTotal:          65536 kB',
    );
    await instance.deletePod('covered', 0);
  });

  test('a limit of the pod holds for its containers', async () => {
    const pod = aPod({ name: 'shared', resources: { limits: { memory: '96Mi' } } });
    await instance.apply(pod);
    await instance.waitForPod('shared', 'runs', isRunning);
    expect(kilobytes(await sh('cat /proc/meminfo', 'shared'), 'MemTotal')).toBe(96 * 1024);
    await instance.deletePod('shared', 0);
  });

  test('every container of a pod, and every program of a container, sees its own container', async () => {
    const roomy = aContainer({ name: 'roomy', resources: { limits: { memory: '128Mi' } } });
    const small = aContainer({
      name: 'small',
      resources: { limits },
      processes: [aProgram('a'), aProgram('b', { resources: { limits: { memory: '32Mi' } } })],
    });
    await instance.apply(aPod({ name: 'two', containers: [roomy, small] }));
    await instance.waitForPod('two', 'runs', isRunning);
    expect(kilobytes(await sh('cat /proc/meminfo', 'two', 'roomy'), 'MemTotal')).toBe(128 * 1024);
    expect(kilobytes(await sh('cat /proc/meminfo', 'two', 'small'), 'MemTotal')).toBe(64 * 1024);
    await instance.deletePod('two', 0);
  });
});

/** A line of /proc/stat, a cgroup's counter and a line of /proc/uptime; all in ticks. */
function readLook(text: string): { used: number; idle: number; counted: number; at: number } {
  const [stat = '', usage = '', uptime = ''] = text.split('\n');
  const [user = 0, , system = 0, idle = 0] = stat.split(/\s+/).slice(1).map(Number);
  const counted = usage.startsWith('usage_usec ') ? Number(usage.split(' ')[1]) / 1e4 : Number(usage) / 1e7;
  return { used: user + system, idle, counted, at: Number(uptime.split(' ')[0]) * 100 };
}
