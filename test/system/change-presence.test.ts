/** What a change costs where not everything runs, and what follows a container: as announced. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApplyResponse, ApplyResult, ProgramList, ProgramObject } from '../../src/protocol/api.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, isReady, lastExit, waitingReason } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

type Fields = Readonly<Record<string, unknown>>;

describeReal('a change', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const apply = async (pod: Fields): Promise<ApplyResult> => {
    const reply = await instance.api('POST', '/apis/podctl.dev/v1/apply', { manifests: [pod], dryRun: false });
    const [result] = (reply.body as ApplyResponse).results ?? [];
    if (result === undefined) throw new Error(JSON.stringify(reply.body));
    return result;
  };

  const program = async (pod: string, label: string): Promise<ProgramObject | undefined> => {
    const reply = await instance.api('GET', `/apis/podctl.dev/v1/namespaces/default/programs?pod=${pod}`);
    const groups = (reply.body as ProgramList).items;
    return groups.flatMap(({ programs }) => programs).find((candidate) => candidate.label === label);
  };

  test('of a container again and again brings who lives in its namespaces no back-off', async () => {
    const pair = (seconds: number) =>
      aPod({
        name: 'pair',
        backoff: { initial: '300s' },
        containers: [
          aContainer({ name: 'owner', command: ['/usr/bin/sleep', String(seconds)] }),
          aContainer({ name: 'side', namespaces: { pid: 'container:owner' } }),
        ],
      });
    await apply(pair(1000));
    await instance.waitForPod('pair', 'is ready', isReady);
    for (let round = 1; round <= 4; round++) {
      await apply(pair(1000 + round));
      const pod = await instance.waitForPod('pair', `runs anew, round ${round}`, (seen) => {
        const counts = ['owner', 'side'].map((name) => containerOf(seen, name).restartCount);
        return isReady(seen) && counts.every((count) => count === round);
      });
      expect(containerOf(pod, 'side').restartCount).toBe(round);
    }
  });

  const only = (name: string, processes: readonly Fields[], fields: Fields = {}) =>
    aPod({ name, containers: [aContainer({ name: 'app', processes })], ...fields });
  const shell = (name: string, script: string, fields: Fields = {}) =>
    aProgram(name, { command: ['/bin/sh', '-c', script], ...fields });

  test('of a container that waits for its back-off: a changed program starts it at once', async () => {
    const fields = { backoff: { initial: '300s' } };
    const crash = (code: number) =>
      only('crash', [shell('web', `exit ${code}`, { essential: true, restart: 'never' })], fields);
    await apply(crash(3));
    // The first restart comes at once, the second one is waited for.
    const isInBackOff = (code: number) => (pod: PodObject) =>
      waitingReason(containerOf(pod, 'app')) === 'CrashLoopBackOff' &&
      lastExit(containerOf(pod, 'app'))?.exitCode === code;
    await instance.waitForPod('crash', 'is in back-off', isInBackOff(3));
    const result = await apply(crash(4));
    expect(result).toMatchObject({
      cost: 'restart-container',
      changes: [{ why: 'container app waits for its restart: it starts at once' }],
      programs: [{ program: 'web', effect: 'start' }],
    });
    await instance.waitForPod('crash', 'is in back-off again, its new way', isInBackOff(4));
  });

  test('of a container that has ended: a changed program starts it, its rules do not', async () => {
    const ended = (code: number, more: Fields = {}) =>
      only('ended', [shell('web', `exit ${code}`, { essential: true, restart: 'never', ...more })], {
        restartPolicy: 'Never',
      });
    const exits = (code: number) =>
      instance.waitForPod('ended', `ended with ${code}`, ({ status }) => {
        const state = status.containerStatuses[0]?.state;
        return state !== undefined && 'terminated' in state && state.terminated.exitCode === code;
      });
    await apply(ended(3));
    await exits(3);
    const rules = await apply(ended(3, { stop: { signal: 'INT' } }));
    expect(rules).toMatchObject({
      cost: 'nothing',
      changes: [{ why: 'container app has ended: it counts from the next start on' }],
      programs: [],
    });
    const result = await apply(ended(4, { stop: { signal: 'INT' } }));
    expect(result).toMatchObject({
      cost: 'restart-container',
      changes: [{ why: 'container app has ended, and starts anew with it' }],
    });
    expect(containerOf(await exits(4), 'app').restartCount).toBe(1);
  });

  test('of programs that do not run: nothing, but where the change itself starts them', async () => {
    const rest = (seconds: string, more: Fields = {}) =>
      only('rest', [
        aProgram('web', { command: ['/usr/bin/sleep', seconds] }),
        aProgram('db', { autostart: false, ...more }),
        shell('bad', `exit ${seconds === '1000' ? 1 : 2}`, { restart: { startSeconds: 1, startRetries: 0 } }),
      ]);
    await apply(rest('1000'));
    await waitFor('bad is FATAL', async () => (await program('rest', 'bad'))?.state === 'FATAL');
    await instance.podctlOk(['stop', 'rest/app/web']);
    const result = await apply(rest('2000'));
    const told = (field: string) => result.changes.find((change) => change.field.includes(field));
    expect(told('[web]')).toMatchObject({
      cost: 'nothing',
      why: 'app/web is STOPPED: it counts from the next start on',
    });
    expect(told('[bad]')).toMatchObject({ cost: 'restart-program', why: 'app/bad is FATAL, and starts anew with it' });
    expect(result.programs.map(({ program: label, effect }) => `${label} ${effect}`)).toEqual([
      'web change',
      'bad start',
    ]);
    await waitFor(
      'bad failed again, its new way',
      async () => (await program('rest', 'bad'))?.lastExit?.exitCode === 2,
    );
    expect((await program('rest', 'web'))?.state).toBe('STOPPED');
    await instance.podctlOk(['start', 'rest/app/web']);
    const pid = (await program('rest', 'web'))?.hostPid;
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('2000');
    const released = await apply(rest('2000', { autostart: true }));
    expect(released).toMatchObject({ cost: 'restart-program', programs: [{ program: 'db', effect: 'start' }] });
    await waitFor('db runs', async () => (await program('rest', 'db'))?.state === 'RUNNING');
    expect((await program('rest', 'web'))?.hostPid).toBe(pid);
  });
});
