import { describe, expect, test } from 'vitest';
import { planPrograms, programLeaves } from '../../../src/launch/plan-programs.ts';
import type { ProgramSpec } from '../../../src/model/pod-spec.ts';
import { processDefaults } from '../../../src/model/program-defaults.ts';
import { aContainer, aHost, aPod, aProcess, security } from './a-pod.ts';

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function plansOf(...programs: ProgramSpec[]) {
  const container = aContainer('web', { isPlain: false, programs });
  return planPrograms(aPod([container]), container, aHost(), 3);
}

const everything = aProcess({
  name: 'worker',
  argv: ['work', '--port=808$(INSTANCE)'],
  env: { A: 'n$(INSTANCE)', HOME: '/data' },
  workingDir: '/srv/$(INSTANCE)',
  uid: 1000,
  gid: 100,
  supplementaryGroups: [4],
  umask: 0o077,
  nice: 5,
  rlimits: { nofile: { soft: 10, hard: 'unlimited' } },
  oomScoreAdj: 500,
  capabilities: ['KILL'],
  autostart: false,
  instances: 2,
  stdin: true,
  tty: true,
  dependsOn: [{ program: 'db', condition: 'ready', cascade: true }],
  readiness: { kind: 'notify' },
  liveness: {
    handler: { kind: 'tcpSocket', host: 'localhost', port: 80 },
    initialDelayMs: 0,
    periodMs: 10_000,
    startPeriodMs: 10_000,
    timeoutMs: 1_000,
    successThreshold: 1,
    failureThreshold: 3,
  },
  stop: { signal: 3, command: ['bye', '$(INSTANCE)'], wholeTree: false },
  reload: { kind: 'command', argv: ['again', '$(INSTANCE)'] },
  schedule: { everyMs: 1_000, concurrency: 'forbid' },
  logs: { prefix: 'w ', format: 'json', maxBytes: 4_096, maxFiles: 2 },
});

describe('planPrograms', () => {
  test('plans a program with everything, once for each instance', () => {
    const [first, second, ...more] = plansOf(everything);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ name: 'worker', instance: 0, label: 'worker:0' });
    expect(second).toEqual({
      name: 'worker:1',
      program: 'worker',
      instance: 1,
      label: 'worker:1',
      exec: {
        argv: ['work', '--port=8081'],
        envp: [path, 'HOSTNAME=demo-host', 'HOME=/data', 'A=n1', 'INSTANCE=1'],
        homeOfUser: false,
        workingDir: '/srv/1',
        uid: 1000,
        gid: 100,
        supplementaryGroups: [4],
        capabilities: [5],
        ambient: true,
        noNewPrivileges: true,
        oomScoreAdj: 500,
        umask: 0o077,
        nice: 5,
        rlimits: { nofile: { soft: 10, hard: 'unlimited' } },
        stdin: true,
        tty: true,
      },
      essential: false,
      autostart: false,
      dependsOn: [{ program: 'db', condition: 'ready', cascade: true }],
      readiness: { kind: 'notify' },
      liveness: everything.liveness,
      restart: processDefaults.restart,
      stop: { signal: 3, command: ['bye', '1'], wholeTree: false },
      reload: { kind: 'command', argv: ['again', '1'] },
      schedule: { everyMs: 1_000, concurrency: 'forbid' },
      logs: { prefix: 'w ', format: 'json', maxBytes: 4_096, maxFiles: 2, file: '3.worker:1.log' },
    });
  });

  test('is plain JSON, the same every time', () => {
    expect(JSON.parse(JSON.stringify(plansOf(everything)))).toEqual(plansOf(everything));
  });

  test.each<[string, number | undefined, string[], string[]]>([
    ['no instances given', undefined, ['worker'], ['worker']],
    ['none', 0, [], []],
    ['one', 1, ['worker'], ['worker:0']],
    ['three', 3, ['worker', 'worker:1', 'worker:2'], ['worker:0', 'worker:1', 'worker:2']],
  ])('names instances: %s', (_, instances, keys, labels) => {
    const programs = [aProcess(instances === undefined ? {} : { instances }), aProcess({ name: 'other' })];
    const plans = plansOf(...programs);
    expect(plans.map(({ name }) => name)).toEqual([...keys, 'other']);
    expect(plans.map(({ label }) => label)).toEqual([...labels, 'other']);
    expect(programLeaves(aContainer('web', { isPlain: false, programs }))).toEqual([...keys, 'other']);
  });

  test('leaves the running instance alone when a program is scaled', () => {
    const [alone] = plansOf(aProcess());
    for (const instances of [1, 2, 5]) {
      const [first] = plansOf(aProcess({ instances }));
      expect(first?.exec).toEqual(alone?.exec);
      expect(first?.logs).toEqual(alone?.logs);
    }
  });

  test('knows the home of a user by name only where the manifest says it', () => {
    const [plan] = plansOf(aProcess({ userName: 'redis', groupName: 'adm', uid: 65_534, gid: 65_534 }));
    expect(plan?.exec).toMatchObject({ userName: 'redis', groupName: 'adm', homeOfUser: true });
    const [own] = plansOf(aProcess({ userName: 'redis', env: { HOME: '/x' } }));
    expect(own?.exec).toMatchObject({ homeOfUser: false, envp: [path, 'HOSTNAME=demo-host', 'HOME=/x', 'INSTANCE=0'] });
  });

  test.each<[string, Partial<ProgramSpec>, number[], boolean]>([
    ['the container’s', {}, [0, 5], false],
    ['its own as root', { capabilities: ['KILL'] }, [5], false],
    ['its own as another user', { capabilities: ['KILL'], uid: 7 }, [5], true],
    ['its own as a user by name', { capabilities: [], userName: 'redis' }, [], true],
    ['the container’s as another user', { uid: 7 }, [0, 5], false],
  ])('gives capabilities: %s', (_, fields, capabilities, ambient) => {
    expect(plansOf(aProcess(fields))[0]?.exec).toMatchObject({ capabilities, ambient });
  });

  test('gives a program of a privileged container only what it asks for', () => {
    const programs = [aProcess({ capabilities: ['SYS_ADMIN'] }), aProcess({ name: 'all' })];
    const container = aContainer('web', { isPlain: false, programs, security: { ...security, privileged: true } });
    const [one, all] = planPrograms(aPod([container]), container, aHost(), 0);
    expect(one?.exec.capabilities).toEqual([21]);
    expect(all?.exec.capabilities).toHaveLength(41);
  });

  test('gives the program of a plain container no instance and the container’s log', () => {
    const container = aContainer();
    const [plan] = planPrograms(aPod([container]), container, aHost(), 7);
    expect(plan).toMatchObject({ name: 'main', label: 'main', essential: true, logs: { file: '7.log', maxFiles: 5 } });
    expect(plan?.exec.envp).not.toContain('INSTANCE=0');
    expect(plan?.restart).toMatchObject({ policy: 'never', startMs: 0 });
    expect(plan?.stop).toEqual({ signal: 15, wholeTree: true });
  });
});
