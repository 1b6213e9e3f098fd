/** What a change is announced to cost is what it costs: pids of programs and of PID 1s before and after, there and back again. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodRecord } from '../../src/model/pod-record.ts';
import type { ApplyResponse, ApplyResult, ChangeCost, ProgramList, ProgramObject } from '../../src/protocol/api.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { containerDrift } from '../../src/reconcile/container-drift.ts';
import type { InstanceRecord } from '../../src/store/instance-record.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, initPid, isReady } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

type Fields = Readonly<Record<string, unknown>>;

/** By what it is of: the uid of the pod, ids of containers, pids of PID 1 and of programs. */
type Snapshot = Readonly<Record<string, string | number>>;
type Came = readonly [cost: ChangeCost, touched: string];

/** Fields over those of each part of the pod. */
interface Parts {
  readonly pod?: Fields;
  readonly labels?: Readonly<Record<string, string>>;
  readonly app?: Fields;
  readonly web?: Fields;
  readonly db?: Fields;
  readonly plain?: Fields;
  readonly side?: Fields;
}

describeReal('what a change costs', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const apply = async (pod: Fields, dryRun = false): Promise<ApplyResult> => {
    const reply = await instance.api('POST', '/apis/podctl.dev/v1/apply', { manifests: [pod], dryRun });
    const [result] = (reply.body as ApplyResponse).results ?? [];
    if (result === undefined) throw new Error(JSON.stringify(reply.body));
    return result;
  };

  const programs = async (pod: string): Promise<readonly ProgramObject[]> => {
    const reply = await instance.api('GET', `/apis/podctl.dev/v1/namespaces/default/programs?pod=${pod}`);
    return (reply.body as ProgramList).items.flatMap((group) => group.programs);
  };

  /** `app` has two programs; `side` lives in the pid namespace of `plain`. */
  const shop = ({ pod, labels = {}, ...parts }: Parts = {}) =>
    aPod({
      name: 'shop',
      labels,
      ...pod,
      containers: [
        aContainer({
          name: 'app',
          env: [{ name: 'A', value: '1' }],
          processes: [aProgram('web', { env: { PORT: '80' }, ...parts.web }), aProgram('db', { ...parts.db })],
          ...parts.app,
        }),
        aContainer({ name: 'plain', ...parts.plain }),
        aContainer({ name: 'side', namespaces: { pid: 'container:plain' }, ...parts.side }),
      ],
    });

  /** Everything that could change, once podd sees no drift and all that is wanted runs. */
  const snapshot = async (after: string): Promise<Snapshot> => {
    let seen: Snapshot | undefined;
    await waitFor(`shop is settled after ${after}`, async () => {
      const pod = await instance.getPod('shop');
      if (pod === undefined || !isSettled(pod, instance.base)) return false;
      const running = await programs('shop');
      seen = allRun(running) ? whatRuns(pod, running) : undefined;
      return seen !== undefined;
    });
    return seen ?? {};
  };

  /** Applies it, after a dry run that announced the same; what came of it. */
  const applyAndLook = async (name: string, pod: Fields, last: Snapshot) => {
    const announced = await apply(pod, true);
    const result = await apply(pod);
    expect(announced).toEqual(result);
    const now = await snapshot(name);
    const was = touched(last, now);
    const restarts = result.programs.filter(({ effect }) => effect === 'restart');
    for (const one of restarts) expect(was).toContain(`${one.container}/${one.program}`);
    return { now, came: [result.cost, was] };
  };

  const touched = (before: Snapshot, after: Snapshot): string =>
    Object.keys(before)
      .filter((key) => after[key] !== undefined && after[key] !== before[key])
      .join(' ');

  const everything = 'uid app plain side app:1 app/web app/db plain/main side/main';
  const ofApp = 'app app:1 app/web app/db';
  const cases: readonly (readonly [name: string, to: Parts, ...Came, back?: Came])[] = [
    ['a label', { labels: { a: 'b' } }, 'in-place', ''],
    ['a port', { plain: { ports: [{ containerPort: 80 }] } }, 'in-place', ''],
    [
      'a probe and a hook of a container',
      {
        plain: {
          livenessProbe: { exec: { command: ['/usr/bin/true'] } },
          lifecycle: { preStop: { exec: { command: ['/usr/bin/true'] } } },
        },
      },
      'in-place',
      '',
    ],
    ['the grace', { pod: { terminationGracePeriodSeconds: 2 } }, 'in-place', ''],
    ['the restart policy', { pod: { restartPolicy: 'OnFailure' } }, 'in-place', ''],
    ['the back-off', { pod: { backoff: { initial: '3s' } } }, 'in-place', ''],
    ['limits of a container', { app: { resources: { limits: { cpu: '900m', memory: '256Mi' } } } }, 'in-place', ''],
    ['limits of a program', { web: { resources: { limits: { pids: 50 } } } }, 'in-place', ''],
    [
      'what PID 1 goes by',
      {
        web: {
          ...{ stop: { signal: 'INT' }, logs: { maxFiles: 3 }, restart: { startSeconds: 0, policy: 'always' } },
          ...{ dependsOn: { db: { condition: 'started', cascade: true } }, reload: { signal: 'HUP' }, essential: true },
          ...{ liveness: { exec: { command: ['/usr/bin/true'] } }, autostart: true },
        },
      },
      'in-place',
      '',
    ],
    ['instances', { web: { instances: 3 } }, 'in-place', ''],
    ['a variable of a program', { web: { env: { PORT: '81' } } }, 'restart-program', 'app/web'],
    ['a variable of the container', { app: { env: [{ name: 'A', value: '2' }] } }, 'restart-program', 'app/web app/db'],
    [
      'a variable that one program has from its container, and the other one of its own',
      {
        app: {
          env: [
            { name: 'PORT', value: '2' },
            { name: 'A', value: '1' },
          ],
        },
      },
      'restart-program',
      'app/db',
    ],
    [
      'priority, umask and limits',
      { db: { nice: 1, umask: '077', rlimits: { nofile: 100 } } },
      'restart-program',
      'app/db',
    ],
    ['a user by number', { web: { user: 1000 } }, 'restart-program', 'app/web'],
    // The line in /etc stays: the way back is cheaper.
    ['a user by name', { web: { user: 'daemon' } }, 'restart-container', ofApp, ['restart-program', 'app/web']],
    [
      'a capability that PID 1 gave up',
      { app: { securityContext: { capabilities: { add: ['SYS_TIME'] } } } },
      'restart-container',
      ofApp,
    ],
    ['a read-only root', { app: { securityContext: { readOnlyRootFilesystem: true } } }, 'restart-container', ofApp],
    [
      'a command whose container another one lives in',
      { plain: { command: ['/usr/bin/sleep', '2000000'] } },
      'restart-container',
      'plain side plain/main side/main',
    ],
    [
      'a namespace of one',
      { side: { namespaces: { pid: 'container:plain', ipc: 'private' } } },
      'restart-container',
      'side side/main',
    ],
    [
      'the user of all',
      { pod: { securityContext: { runAsUser: 1000 } } },
      'restart-container',
      'plain side app/web app/db plain/main side/main',
    ],
    ['the hostname', { pod: { hostname: 'other' } }, 'recreate-pod', everything],
    ['the network', { pod: { network: 'none' } }, 'recreate-pod', everything],
    [
      'an alias of a host',
      { pod: { hostAliases: [{ ip: '203.0.113.7', hostnames: ['nas'] }] } },
      'restart-container',
      everything.replace('uid ', ''),
    ],
    ['a namespace of all', { pod: { hostIPC: true } }, 'recreate-pod', everything],
    [
      'a namespace of all, undone in each',
      {
        pod: { hostIPC: true },
        app: { namespaces: { ipc: 'pod' } },
        plain: { namespaces: { ipc: 'pod' } },
        side: { namespaces: { pid: 'container:plain', ipc: 'pod' } },
      },
      'nothing',
      '',
    ],
  ];

  test('is what is announced, for each field, there and back', async () => {
    await apply(shop());
    let last = await snapshot('its start');
    for (const [name, to, cost, expected, back = [cost, expected]] of cases) {
      const there = await applyAndLook(name, shop(to), last);
      expect([name, 'there', ...there.came]).toEqual([name, 'there', cost, expected]);
      const again = await applyAndLook(`${name}, back`, shop(), there.now);
      expect([name, 'back', ...again.came]).toEqual([name, 'back', ...back]);
      last = again.now;
    }
  }, 600_000);
});

function whatRuns(pod: PodObject, programs: readonly ProgramObject[]): Snapshot {
  return {
    uid: pod.metadata.uid,
    ...Object.fromEntries(['app', 'plain', 'side'].map((name) => [name, containerOf(pod, name).containerID ?? ''])),
    'app:1': initPid(pod, 'app'),
    ...Object.fromEntries(programs.map(({ container, label, hostPid = 0 }) => [`${container}/${label}`, hostPid])),
  };
}

/** A container that was just started anew shows no programs at first: what is missing does not run. */
function allRun(programs: readonly ProgramObject[]): boolean {
  const seen = new Set(programs.map(({ container, label }) => `${container}/${label.replace(/^web:0$/, 'web')}`));
  const isComplete = ['app/web', 'app/db', 'plain/main', 'side/main'].every((name) => seen.has(name));
  return isComplete && programs.every(({ state, hostPid }) => state === 'RUNNING' && hostPid !== undefined);
}

const isSettled = (pod: PodObject, base: string): boolean =>
  pod.metadata.deletionTimestamp === undefined && isReady(pod) && hasNoDrift(base, pod.metadata.uid);

/** Every container runs once, as it is wanted. */
function hasNoDrift(base: string, uid: string): boolean {
  const { spec } = JSON.parse(readFileSync(join(base, 'root', 'pods', `${uid}.json`), 'utf8')) as PodRecord;
  const instances = join(base, 'run', 'i');
  const records = readdirSync(instances).flatMap((id): InstanceRecord[] => {
    try {
      return [JSON.parse(readFileSync(join(instances, id, 'instance.json'), 'utf8')) as InstanceRecord];
    } catch {
      // removed in between
      return [];
    }
  });
  return spec.containers.every((wanted) => {
    const own = records.filter(({ podUid, container }) => podUid === uid && container === wanted.name);
    const newest = own.sort((a, b) => a.attempt - b.attempt).at(-1);
    const started = newest?.spec.containers.find(({ name }) => name === wanted.name);
    return started !== undefined && containerDrift(started, wanted) === 'none';
  });
}
