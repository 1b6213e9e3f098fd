import { describe, expect, test } from 'vitest';
import { planCapabilities } from '../../../src/launch/capabilities.ts';
import { explainCgroup, explainPlan } from '../../../src/launch/explain.ts';
import { oomScore } from '../../../src/launch/oom-score.ts';
import { planLaunch } from '../../../src/launch/plan-launch.ts';
import { planPodInit } from '../../../src/launch/plan-pod-init.ts';
import { planEnvironment } from '../../../src/launch/plan-programs.ts';
import { instancePaths } from '../../../src/model/instance-paths.ts';
import type { ResourceSpec } from '../../../src/model/resource-spec.ts';
import { layouts, v2 } from '../cgroup/layouts.ts';
import { aContainer, aContext, aHost, aPod, aProcess, aProgram, security } from './a-pod.ts';

const container = aContainer();

describe('planLaunch', () => {
  test('is plain JSON', () => {
    const plan = planLaunch(aPod(), container, aContext());
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test('names the run and log directories of this start', () => {
    const plan = planLaunch(aPod(), container, aContext());
    expect(plan).toMatchObject({
      role: 'container',
      container: 'web',
      attempt: 2,
      runDir: '/run/podctl/i/0123456789abcdef',
      logDir: '/var/lib/podctl/logs/default_demo_uid/web',
      oomScoreAdj: -998,
    });
  });

  test('turns programs into numbers', () => {
    const [program] = planLaunch(aPod(), container, aContext()).programs;
    expect(program).toMatchObject({
      exec: { capabilities: [0, 5], noNewPrivileges: true, oomScoreAdj: 1_000 },
      essential: true,
      logs: { file: '2.log' },
    });
  });

  test('tells programs the hostname they will see', () => {
    const onHost = aContainer('web', { namespaces: { uts: 'host' } });
    const envOf = (spec: typeof container) => planLaunch(aPod([spec]), spec, aContext()).programs[0]?.exec.envp;
    expect(envOf(container)).toContain('HOSTNAME=demo-host');
    expect(envOf(onHost)).toContain('HOSTNAME=machine');
  });

  test('sets clock offsets only on a time namespace that it makes', () => {
    const spec = aContainer('web', { timeOffsets: { boottimeMs: 1, monotonicMs: 2 } });
    const offsets = (from: 'new' | 'host') =>
      planLaunch(aPod([spec]), spec, aContext({ namespaces: { ...aContext().namespaces, time: { from } } }))
        .timeOffsets;
    expect(offsets('new')).toEqual({ boottimeMs: 1, monotonicMs: 2 });
    expect(offsets('host')).toBeUndefined();
  });

  test('passes on no more of the cgroups than podinit knows', () => {
    const cgroups = { ...aContext().cgroups, warnings: ['x'] };
    expect(planLaunch(aPod(), container, aContext({ cgroups })).cgroups).not.toHaveProperty('warnings');
  });
});

test('planPodInit runs nothing, logs nothing and sees nothing but /proc', () => {
  const plan = planPodInit(aPod(), aContext());
  expect(plan).toMatchObject({ role: 'pod', container: '_pod', programs: [], sources: [] });
  expect(plan.logDir).toBeUndefined();
  expect(plan.rootOps.map(({ op }) => op)).toEqual(['mount', 'readonlyRoot']);
});

describe('planEnvironment', () => {
  test('gives defaults that the manifest overrides', () => {
    expect(planEnvironment(aProgram({ env: { HOME: '/data', A: 'b=c' } }), 'h')).toEqual([
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOSTNAME=h',
      'HOME=/data',
      'A=b=c',
    ]);
    expect(planEnvironment(aProgram({ uid: 1000 }), 'h')).toContain('HOME=/');
  });
});

describe('planCapabilities', () => {
  test('gives sorted numbers, all of them when privileged', () => {
    expect(planCapabilities(['SETFCAP', 'CHOWN', 'CHOWN'], false, 40)).toEqual([0, 31]);
    expect(planCapabilities([], true, 40)).toHaveLength(41);
  });

  test('leaves out what an older kernel does not know', () => {
    expect(planCapabilities(['CHECKPOINT_RESTORE', 'BPF'], false, 39)).toEqual([39]);
  });
});

describe('oomScore', () => {
  const mib = 2 ** 20;
  const cases: [string, ResourceSpec, number][] = [
    ['BestEffort', {}, 1_000],
    ['Guaranteed', { cpuLimitMillis: 1, cpuRequestMillis: 1, memoryLimitBytes: mib, memoryRequestBytes: mib }, -997],
    ['Burstable without memory', { cpuRequestMillis: 1 }, 999],
    ['Burstable with half of the memory', { memoryRequestBytes: 4_096 * mib }, 500],
    ['Burstable with all of the memory', { memoryRequestBytes: 9_000 * mib }, 2],
  ];
  test.each(cases)('scores %s as the kubelet does', (_, resources, score) => {
    const spec = aContainer('web', { resources });
    expect(oomScore(aPod([spec]), spec, 8_192 * mib)).toBe(score);
  });
});

describe('explain', () => {
  const context = { podUid: 'uid', paths: instancePaths({}), parent: 'podctl', host: aHost() };

  test('prints plans in the order of their start', () => {
    const pod = aPod([
      aContainer('joiner', { namespaces: { pid: 'container:owner' } }),
      aContainer('owner', { namespaces: { ipc: 'pod' } }),
      aContainer('shared', { namespaces: { pid: 'pod' } }),
    ]);
    const plans = explainPlan(pod, context);
    expect(plans.map((plan) => plan.container)).toEqual(['_pod', 'owner', 'shared', 'joiner']);
    expect(plans[3]?.namespaces.pid).toEqual({ from: 'pid', pid: 0 });
  });

  test.each(Object.entries(layouts))('prints every cgroup write on %s', (kind, layout) => {
    const spec = aContainer('web', { resources: { cpuLimitMillis: 200 }, security: { ...security, privileged: true } });
    const explained = explainCgroup(aPod([spec]), layout, 'podctl', 'uid', () => []);
    expect(explained.layout).toBe(kind);
    expect(explained.pod.path).toBe('podctl/uid');
    expect(explained.containers[0]?.writes.map(({ value }) => value)).toEqual(
      layout === v2 ? ['1', '1', '20000 100000'] : ['2', '2', '20000'],
    );
  });

  test('plans every instance of every program, each with its leaf', () => {
    const programs = [
      aProcess({ instances: 2 }),
      aProcess({ name: 'cron', schedule: { everyMs: 1, concurrency: 'forbid' } }),
    ];
    const [plan] = explainPlan(aPod([aContainer('web', { isPlain: false, programs })]), context);
    expect(plan?.programs.map(({ label }) => label)).toEqual(['worker:0', 'worker:1', 'cron']);
    expect(Object.keys(plan?.cgroups.leaves ?? {})).toEqual(['worker', 'worker:1', 'cron', '_exec']);
  });

  test.each(Object.entries(layouts))('prints the leaves of programs with limits on %s', (_, layout) => {
    const programs = [aProcess({ name: 'db', resources: { pidsLimit: 10 } }), aProcess()];
    const spec = aContainer('web', { isPlain: false, programs });
    const leaves = explainCgroup(aPod([spec]), layout, 'podctl', 'uid', () => []).containers[0]?.leaves;
    expect(leaves?.map(({ name, path }) => ({ name, path }))).toEqual([{ name: 'db', path: 'podctl/uid/web/app/db' }]);
    expect(leaves?.[0]?.writes).toMatchObject([{ file: expect.stringMatching(/app\/db\/pids\.max$/), value: '10' }]);
  });
});
