/** The answers to sysinfo(2) and sched_getaffinity(2) by themselves: a process that answers, its own calls, and callers of every kind. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AnsweringProcess } from '../support/answering-process.ts';
import { describeReal } from '../support/describe-real.ts';
import { payloadBinary } from '../support/payload.ts';
import { waitFor, within } from '../support/wait-for.ts';

const payload = payloadBinary();
const machineMegabytes = Math.floor(totalmem() / 2 ** 20);

describeReal('answers to system calls', () => {
  let answering: AnsweringProcess;
  beforeEach(async () => {
    answering = await AnsweringProcess.start();
  });
  afterEach(() => answering.stop());

  const sysinfo = (): Promise<string> => answering.run(payload, 'sysinfo');
  const isWaiting = (pid: number): boolean => readFileSync(`/proc/${pid}/syscall`, 'utf8').startsWith('99 ');

  test('a process never waits for itself: its own calls go to the kernel, answered or not', async () => {
    const before = await within('own calls return while nobody answers', 5000, answering.own());
    await answering.answer();
    const after = await within('own calls return', 5000, answering.own());
    for (const [result, parallelism] of [before, after] as [number, number][]) {
      expect(result).toBe(0);
      expect(parallelism).toBeGreaterThanOrEqual(cpus().length > 1 ? 2 : 1);
    }
  });

  test('a program is told what it is to be told', async () => {
    await answering.answer();
    expect(await sysinfo()).toBe('total 64 free 60 swap 0 procs 3 uptime 7 load 0\n');
    expect(await answering.run(payload, 'affinity')).toMatch(/^affinity [1-9]\d* cpus 0\n$/);
    expect(await answering.run('nproc')).toBe('1\n');
  });

  test('wrong arguments get the errors that the kernel gives', async () => {
    await answering.answer();
    const { stdout } = await execa(payload, ['bad-calls']);
    expect(stdout).toBe('address 14 end 14 readonly 14 length 22 zero 22 pid 3 mask 14');
    expect(await answering.run(payload, 'bad-calls')).toBe(`${stdout}\n`);
  });

  test('a thousand at once are all told', async () => {
    await answering.answer();
    expect(await answering.run(payload, 'sysinfo-crowd', '1000', '64')).toBe('crowd 1000\n');
    expect(await answering.troubles()).toEqual([]);
  });

  test('a caller that is killed while it waits harms nobody', async () => {
    const pids: number[] = [];
    for (let i = 0; i < 5; i++) pids.push(await answering.start(payload, 'sysinfo'));
    await waitFor('all wait in sysinfo', () => pids.every(isWaiting));
    for (const pid of pids.slice(0, 4)) process.kill(pid, 'SIGKILL');
    await answering.answer();
    expect(await sysinfo()).toContain('total 64 ');
    await waitFor('the one that lives is told', () => answering.output().includes('total 64 '));
    expect(answering.output().match(/total/g)).toHaveLength(1);
  });

  test('callers in namespaces of their own: the machine’s affinity by a number that is not ours, else the same', async () => {
    await answering.answer();
    const lines = (await answering.run(payload, 'nested-calls')).split('\n');
    expect(lines[0]).toContain('total 64 ');
    expect(lines[1]).toMatch(/^self (\d+) one \1$/);
  });

  test('who waits for its own memory holds up others for a second, never this process', async () => {
    await answering.answer();
    const holder = await answering.start(payload, 'sysinfo-held');
    try {
      await waitFor('its page is missed', () => answering.output().includes('held'));
      const [, words] = await Promise.all([
        within('this process goes on', 500, answering.troubles()),
        within('another caller goes on', 5000, sysinfo()),
      ]);
      expect(words).toContain(`total ${machineMegabytes} `);
      expect(await within('the next one passes at once', 500, sysinfo())).toContain(`total ${machineMegabytes} `);
      process.kill(holder, 'SIGUSR1');
      await waitFor('it goes on', () => answering.output().includes('held total'));
      await waitFor('all are told again', async () => (await sysinfo()).includes('total 64 '));
    } finally {
      process.kill(holder, 'SIGKILL');
    }
  });

  test('what waited while this process was busy is told afterwards', async () => {
    await answering.answer();
    const [words] = await Promise.all([sysinfo(), answering.block(300), delay(0)]);
    expect(words).toContain('total 64 ');
  });
});
