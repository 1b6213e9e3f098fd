/** The logs of several programs under one PID 1: each in its own file, shown as one, whatever the others do. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProgramList } from '../../src/protocol/api.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { isReady, isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const shell = (name: string, script: string, more: Readonly<Record<string, unknown>> = {}) =>
  aProgram(name, { command: ['sh', '-c', script], ...more });

const rest = 'exec sleep 100000';
const cri = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (stdout|stderr) [FP] .*$/;

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

function logDirOf(instance: Instance, pod: string): string {
  const logs = join(instance.base, 'root', 'logs');
  const dir = readdirSync(logs).find((entry) => entry.includes(`_${pod}_`)) ?? 'missing';
  return join(logs, dir, 'main');
}

describeReal('logs of several programs', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const apply = async (name: string, processes: readonly unknown[]) => {
    await instance.apply(aPod({ name, containers: [aContainer({ processes })] }));
    return await instance.waitForPod(name, 'is ready', isReady);
  };

  const logs = async (...args: string[]) => linesOf(await instance.podctlOk(['logs', ...args]));

  test('are shown as one by time, behind their prefixes, or as objects', async () => {
    const step = (n: number, text: string) =>
      `until [ -e /tmp/${n} ]; do sleep 0.01; done; echo ${text}; touch /tmp/${n + 1};`;
    await apply('mixed', [
      shell('a', `touch /tmp/0; ${step(0, 'first')} ${step(2, 'third')} ${rest}`),
      shell('b', `${step(1, 'second')} ${step(3, 'fourth')} ${rest}`, { logs: { prefix: 'b: ' }, instances: 1 }),
      shell('c', `${step(4, 'fifth')} ${rest}`, { logs: { format: 'json' } }),
    ]);
    await waitFor('all is said', async () => (await logs('mixed')).length === 5);
    const [first, second, third, fourth, fifth] = await logs('mixed');
    expect([first, second, third, fourth]).toEqual(['[a] first', 'b: second', '[a] third', 'b: fourth']);
    expect(JSON.parse(fifth ?? '')).toMatchObject({ pod: 'mixed', container: 'main', program: 'c', log: 'fifth' });
    expect(await logs('mixed', '--tail', '2', '--format', 'text')).toEqual(['b: fourth', '[c] fifth']);
    expect(await logs('mixed/main/a')).toEqual(['first', 'third']);
    expect(await logs('mixed/b:0')).toEqual(['second', 'fourth']);
    expect(await logs('mixed', '--prefix=never', '--format=text')).toEqual([
      'first',
      'second',
      'third',
      'fourth',
      'fifth',
    ]);
    expect((await logs('mixed', '--prefix', '--tail', '4'))[0]).toBe('[pod/mixed/main] b: second');
    const objects = (await logs('mixed', '-o', 'json')).map((line) => JSON.parse(line));
    expect(objects.map(({ program }) => program)).toEqual(['a', 'b:0', 'a', 'b:0', 'c']);
    const times = objects.map(({ time }) => time);
    expect([...times].sort()).toEqual(times);
  });

  test.each([
    [['logs', 'mixed/main/aa'], /no program aa in container main of pod mixed[\s\S]*did you mean a\?/],
    [['logs', 'mixed/main/b:4'], /no program b:4 in container main[\s\S]*it has b:0/],
    [['logs', 'mixed/mian/a'], /container mian is not valid for pod mixed, choose one of: main/],
    [['logs', 'mixed/main/A!'], /"A!" is neither NAME nor NAME:INSTANCE/],
  ])('podctl %j is refused and says what there is', async (args, message) => {
    const { exitCode, stderr } = await instance.podctl(args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
  });

  test('are followed, with programs that come; those of a removed one stay', async () => {
    await apply('grows', [shell('a', `echo here; ${rest}`)]);
    await waitFor('it spoke', async () => (await logs('grows')).length === 1);
    const reply = instance.podctl(['logs', '-f', 'grows']);
    await apply('grows', [shell('a', `echo here; ${rest}`), shell('late', `echo came; ${rest}`)]);
    await waitFor('it came', async () => (await logs('grows')).length === 2);
    await apply('grows', [shell('a', `echo here; ${rest}`)]);
    await waitFor('it went', async () => {
      const { body } = await instance.api('GET', '/apis/podctl.dev/v1/namespaces/default/programs?pod=grows');
      return (body as ProgramList).items[0]?.programs.length === 1;
    });
    expect(await logs('grows/main/late')).toEqual(['came']);
    expect(await logs('grows')).toEqual(['[a] here', '[late] came']);
    await instance.deletePod('grows', 0);
    const { stdout } = await reply;
    expect(linesOf(stdout)).toContain('[late] came');
  });

  test('are rotated each by its own limits', async () => {
    const payload = aContainer({
      rootfs: { path: instance.payloadRoot() },
      processes: [
        aProgram('big', {
          command: ['/payload', 'flood', '40000'],
          restart: 'never',
          logs: { maxSize: '1Mi', maxFiles: 3 },
        }),
        aProgram('small', {
          command: ['/payload', 'flood', '1000'],
          restart: 'never',
          logs: { maxSize: '1Mi', maxFiles: 3 },
        }),
        aProgram('stays', { command: ['/payload', 'wait'] }),
      ],
    });
    await instance.apply(aPod({ name: 'rotated', containers: [payload] }));
    const isLast = async () => (await logs('rotated/main/big', '--tail', '1'))[0]?.startsWith('0000039999') === true;
    await waitFor('all is written', isLast);
    await waitFor('all of the other', async () => (await logs('rotated/main/small')).length === 1000);
    const files = readdirSync(logDirOf(instance, 'rotated')).filter((name) => !name.includes('stays'));
    expect(files.sort()).toEqual(['0.big.log', '0.big.log.1', '0.big.log.2', '0.small.log']);
    const big = await logs('rotated/main/big');
    const first = Number(big[0]?.slice(0, 10));
    expect(big.map((line) => Number(line.slice(0, 10)))).toEqual(big.map((_, index) => first + index));
    expect(big.at(-1)).toMatch(/^0000039999/);
  });

  test('of a quiet program come as they did before, while another floods', async () => {
    await instance.apply(
      aPod({
        name: 'noisy',
        containers: [
          aContainer({
            rootfs: { path: instance.payloadRoot() },
            processes: [
              aProgram('quiet', { command: ['/payload', 'seq', '10'] }),
              aProgram('flood', {
                command: ['/payload', 'flood', '0'],
                autostart: false,
                logs: { maxSize: '1Mi', maxFiles: 2 },
              }),
            ],
          }),
        ],
      }),
    );
    await instance.waitForPod('noisy', 'runs', isRunning);
    const file = () => readFileSync(join(logDirOf(instance, 'noisy'), '0.quiet.log'), 'latin1');
    const count = () => linesOf(file()).length;
    await waitFor('some lines alone', () => count() >= 100);
    const alone = count();
    await instance.podctlOk(['start', 'noisy/main/flood']);
    await waitFor('some beside the flood', () => count() >= alone + 150, 60_000);
    await instance.podctlOk(['stop', 'noisy/main/flood']);
    const lines = linesOf(file());
    const gaps = lines.map((line, index) => timeOf(line) - timeOf(lines[index - 1] ?? line));
    expect(lines.map((line) => line.slice(line.indexOf('seq')))).toEqual(lines.map((_, index) => `seq ${index + 1}`));
    // both read in one run, on the same machine: a pump that waited for the flood would stand still for good
    expect(median(gaps.slice(alone + 10, alone + 140))).toBeLessThan(10 * median(gaps.slice(10, alone)));
    await instance.deletePod('noisy', 0);
  });

  test('lose whole lines on a full disk, which is told once and counted, and go on when there is room', async () => {
    const small = await startInstance({ podd: false });
    const root = join(small.base, 'root');
    mkdirSync(root, { recursive: true });
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'podctl-test', root]);
    try {
      await small.startPodd();
      const processes = [
        shell('count', 'i=0; while true; do i=$((i+1)); echo "line $i"; sleep 0.005; done'),
        shell('calm', rest),
      ];
      await small.apply(aPod({ name: 'full', containers: [aContainer({ processes })] }));
      await small.waitForPod('full', 'is ready', isReady);
      const log = join(logDirOf(small, 'full'), '0.count.log');
      await waitFor('it counts', () => linesOf(readFileSync(log, 'utf8')).length > 20);
      fill(join(root, 'filler'));
      const losses = async () =>
        linesOf(await small.podctlOk(['events'])).filter((line) => /LogLinesDropped/.test(line));
      await waitFor('the loss is told', async () => (await losses()).length > 0, 30_000);
      rmSync(join(root, 'filler'));
      const told = /stderr F podctl: (\d+) log lines dropped/;
      await waitFor('the number is told', () => told.test(readFileSync(log, 'utf8')), 30_000);
      const lines = linesOf(readFileSync(log, 'utf8'));
      for (const line of lines) expect(line).toMatch(cri);
      expect(lines.filter((line) => told.test(line))).toHaveLength(1);
      const numbers = lines.flatMap((line) => / F line (\d+)$/.exec(line)?.[1] ?? []).map(Number);
      const lost = Number(told.exec(lines.join('\n'))?.[1]);
      expect((numbers.at(-1) ?? 0) - numbers.length).toBe(lost);
      expect(await losses()).toHaveLength(1);
      await small.podctlOk(['delete', 'pod', 'full', '--wait', '--grace-period', '0']);
      await small.podctlOk(['system', 'stop']);
    } finally {
      await execa('umount', ['-l', root]);
      await small.stop();
    }
  });
});

const timeOf = (line: string): number => Date.parse(cri.exec(line)?.[1] ?? '');

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return Math.max(1, sorted[Math.floor(sorted.length / 2)] ?? 0);
}

/** Until nothing more goes in. */
function fill(path: string): void {
  for (const bytes of [1 << 20, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }
}
