import { describe, expect, test } from 'vitest';
import { validatePod } from '../../../src/manifest/validate-pod.ts';
import { dearest } from '../../../src/reconcile/cost-order.ts';
import { type PodVersion, planChange } from '../../../src/reconcile/diff.ts';
import { aHost } from './builders.ts';

interface Draft {
  metadata: { name: string; labels: Record<string, string> };
  spec: Record<string, unknown> & { containers: DraftContainer[] };
}
interface DraftContainer extends Record<string, unknown> {
  name: string;
  env?: { name: string; value: string }[];
  resources?: { limits: { cpu: string } };
}
type Change = (pod: Draft, server: DraftContainer, worker: DraftContainer) => void;

const base = (): Draft & { apiVersion: string; kind: string } => ({
  apiVersion: 'podctl.dev/v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { tier: 'one' } },
  spec: {
    restartPolicy: 'Always',
    containers: [
      {
        name: 'server',
        image: 'host',
        command: ['node', 'a.js'],
        env: [{ name: 'PORT', value: '1' }],
        resources: { limits: { cpu: '500m' } },
      },
      { name: 'worker', image: 'host', command: ['sleep', '1'] },
    ],
  },
});

function version(change: Change = () => undefined): PodVersion {
  const manifest = base();
  const [server, worker] = manifest.spec.containers;
  if (server !== undefined && worker !== undefined) change(manifest, server, worker);
  const valid = validatePod(manifest);
  if (!valid.ok) throw new Error(JSON.stringify(valid.error));
  return valid.value;
}

const brief = (change: Change) =>
  planChange(version(), version(change), { host: aHost }).map(({ field, cost }) => `${field}: ${cost}`);

describe('planChange', () => {
  const cases: readonly (readonly [string, Change, readonly string[]])[] = [
    ['nothing for an equal manifest', () => undefined, []],
    [
      'a label is metadata only',
      (p) => {
        p.metadata.labels.tier = 'two';
      },
      ['metadata.labels.tier: in-place'],
    ],
    [
      'a key with dots is quoted',
      (p) => {
        p.metadata.labels['a.b/c'] = 'x';
      },
      ["metadata.labels['a.b/c']: in-place"],
    ],
    [
      'limits change in place',
      (_, server) => {
        server.resources = { limits: { cpu: '1' } };
      },
      ['spec.containers[server].resources.limits.cpu: in-place'],
    ],
    [
      'another spelling of the same limit costs nothing',
      (_, server) => {
        server.resources = { limits: { cpu: '0.5' } };
      },
      ['spec.containers[server].resources.limits.cpu: nothing'],
    ],
    [
      'a command restarts its container',
      (_, __, worker) => {
        worker.command = ['sleep', '2'];
      },
      ['spec.containers[worker].command: restart-container'],
    ],
    [
      'a variable is named',
      (_, server) => {
        server.env = [{ name: 'PORT', value: '2' }];
      },
      ['spec.containers[server].env[PORT].value: restart-container'],
    ],
    [
      'a new variable restarts',
      (_, server) => void server.env?.push({ name: 'A', value: 'b' }),
      ['spec.containers[server].env[A]: restart-container'],
    ],
    [
      'a port is taken over in place',
      (_, server) => {
        server.ports = [{ containerPort: 80 }];
      },
      ['spec.containers[server].ports: in-place'],
    ],
    [
      'the policy changes in place',
      (p) => {
        p.spec.restartPolicy = 'Never';
      },
      ['spec.restartPolicy: in-place'],
    ],
    [
      'the grace changes in place',
      (p) => {
        p.spec.terminationGracePeriodSeconds = 3;
      },
      ['spec.terminationGracePeriodSeconds: in-place'],
    ],
    [
      'the back-off changes in place',
      (p) => {
        p.spec.backoff = { initial: '1s' };
      },
      ['spec.backoff: in-place'],
    ],
    [
      'a container can come',
      (p) => void p.spec.containers.push({ name: 'new', image: 'host', command: ['true'] }),
      ['spec.containers[new]: in-place'],
    ],
    ['a container can go', (p) => void p.spec.containers.pop(), ['spec.containers[worker]: restart-container']],
    ['the order of containers does not matter', (p) => void p.spec.containers.reverse(), []],
    [
      'a namespace of one container restarts it',
      (_, __, worker) => {
        worker.namespaces = { ipc: 'private' };
      },
      ['spec.containers[worker].namespaces: restart-container'],
    ],
    [
      'hostNetwork recreates the pod',
      (p) => {
        p.spec.hostNetwork = true;
      },
      ['spec.hostNetwork: recreate-pod'],
    ],
    [
      'shareProcessNamespace recreates the pod',
      (p) => {
        p.spec.shareProcessNamespace = true;
      },
      ['spec.shareProcessNamespace: recreate-pod'],
    ],
    [
      'writing down a default costs nothing',
      (p) => {
        p.spec.hostNetwork = false;
      },
      ['spec.hostNetwork: nothing'],
    ],
  ];
  test.each(cases)('%s', (_name, change, expected) => {
    expect(brief(change)).toEqual(expected);
  });

  test('a hostname recreates the pod, and the containers that see it add nothing dearer', () => {
    const changes = planChange(
      version(),
      version((p) => {
        p.spec.hostname = 'other';
      }),
      { host: aHost },
    );
    expect(changes[0]).toMatchObject({ field: 'spec.hostname', cost: 'recreate-pod', to: 'other' });
    expect(dearest(changes.map(({ cost }) => cost))).toBe('recreate-pod');
  });

  test('a difference that no written field shows is named all the same', () => {
    const from = version();
    const containers = from.spec.containers.map((container) =>
      container.name === 'worker' ? { ...container, programs: [] } : container,
    );
    const changes = planChange(from, { manifest: from.manifest, spec: { ...from.spec, containers } }, { host: aHost });
    expect(changes).toMatchObject([{ field: 'spec.containers[worker].programs[main]', cost: 'restart-container' }]);
  });
});

describe('planChange of processes', () => {
  type Process = Record<string, unknown> & { name: string };
  type Edit = (container: Record<string, unknown> & { processes: Process[] }, web: Process, db: Process) => void;

  const versionOf = (edit: Edit = () => undefined): PodVersion => {
    const web: Process = { name: 'web', command: ['web'], env: { PORT: '80' }, dependsOn: { db: 'ready' } };
    const db: Process = { name: 'db', command: ['db'] };
    const container = { name: 'app', image: 'host', env: [{ name: 'A', value: '1' }], processes: [web, db] };
    edit(container, web, db);
    const metadata = { name: 'web' };
    const valid = validatePod({
      apiVersion: 'podctl.dev/v1',
      kind: 'Pod',
      metadata,
      spec: { containers: [container] },
    });
    if (!valid.ok) throw new Error(JSON.stringify(valid.error));
    return valid.value;
  };
  const costs = (edit: Edit) =>
    planChange(versionOf(), versionOf(edit), { host: aHost }).map(
      ({ field, cost }) => `${field.replace('spec.containers[app].', '')}: ${cost}`,
    );

  const cases: readonly (readonly [string, Edit, readonly string[]])[] = [
    [
      'a variable restarts its program',
      (_, web) => Object.assign(web, { env: { PORT: '81' } }),
      ['processes[web].env.PORT: restart-program'],
    ],
    [
      'restart rules change in place',
      (_, web) => Object.assign(web, { restart: 'always' }),
      ['processes[web].restart: in-place'],
    ],
    [
      'each field of one program costs what it costs alone',
      (_, web) => Object.assign(web, { nice: 5, stop: { signal: 'INT' } }),
      ['processes[web].nice: restart-program', 'processes[web].stop: in-place'],
    ],
    [
      'a log line as readiness changes in place, a notify socket is told of at the start',
      (_, web, db) => {
        web.readiness = { logLine: 'up' };
        db.readiness = { notify: true };
      },
      ['processes[web].readiness: in-place', 'processes[db].readiness: restart-program'],
    ],
    [
      'limits change in place',
      (_, web) => Object.assign(web, { resources: { limits: { memory: '64Mi' } } }),
      ['processes[web].resources: in-place'],
    ],
    [
      'instances come and go in place',
      (_, web) => Object.assign(web, { instances: 3 }),
      ['processes[web].instances: in-place'],
    ],
    [
      'a program can come',
      ({ processes }) => void processes.push({ name: 'new', command: ['x'] }),
      ['processes[new]: in-place'],
    ],
    [
      'a program can go',
      ({ processes }, web) => {
        processes.pop();
        delete web.dependsOn;
      },
      ['processes[web].dependsOn: in-place', 'processes[db]: in-place'],
    ],
    ['the order of programs does not matter', ({ processes }) => void processes.reverse(), []],
    [
      'a default that is written down costs nothing',
      (_, web) => Object.assign(web, { nice: 0 }),
      ['processes[web].nice: nothing'],
    ],
    [
      'a variable of the container restarts its programs, not the container',
      (container) => Object.assign(container, { env: [{ name: 'A', value: '2' }] }),
      ['env[A].value: restart-program'],
    ],
    [
      'a working directory of the container too',
      (container) => Object.assign(container, { workingDir: '/srv' }),
      ['workingDir: restart-program'],
    ],
    [
      'a read-only root restarts the container',
      (container) => Object.assign(container, { securityContext: { readOnlyRootFilesystem: true } }),
      ['securityContext.readOnlyRootFilesystem: restart-container'],
    ],
    [
      'a user by name takes a new /etc, and so a new start of the container',
      (_, web) => Object.assign(web, { user: 'www-data' }),
      ['processes[web].user: restart-container'],
    ],
    [
      'a user by number does not',
      (_, web) => Object.assign(web, { user: 1000 }),
      ['processes[web].user: restart-program'],
    ],
  ];
  test.each(cases)('%s', (_name, edit, expected) => {
    expect(costs(edit)).toEqual(expected);
  });

  test('processes instead of a command restart the container', () => {
    const plain = version();
    const [server, worker] = plain.manifest.spec.containers as Record<string, unknown>[];
    const { command: _command, ...rest } = server ?? {};
    const containers = [{ ...rest, processes: [{ name: 'web', command: ['web'] }] }, worker];
    const valid = validatePod({ ...plain.manifest, spec: { ...plain.manifest.spec, containers } });
    if (!valid.ok) throw new Error(JSON.stringify(valid.error));
    expect(planChange(plain, valid.value, { host: aHost }).map(({ field, cost }) => `${field}: ${cost}`)).toEqual([
      'spec.containers[server].command: restart-container',
      'spec.containers[server].processes: restart-container',
    ]);
  });
});
