/** Every field that this version acts on: what a change of it is said to cost, and why. test/system/change-costs.test.ts asks the kernel. */
import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';
import { type ChangeContext, planChange } from '../../../src/reconcile/diff.ts';
import { aShop, db, type Parts, web } from './a-shop.ts';
import { aHost } from './builders.ts';

const told = (from: Parts, to: Parts, context: Partial<ChangeContext> = {}) =>
  planChange(aShop(from), aShop(to), { host: aHost, ...context }).map(
    ({ field, cost, why }) => `${field.replace('spec.containers', '')} ${cost}: ${why}`,
  );

const isThePlain = 'fixed when its program starts, and that is the container';
const joins = { name: 'side', image: 'host', command: ['x'], namespaces: { pid: 'container:plain' } };
const fresh = { name: 'new', image: 'host', command: ['x'] };

type Case = readonly [to: Parts, ...expected: string[]];

const podCases: readonly Case[] = [
  [{ metadata: { labels: { a: 'b' } } }, 'metadata.labels.a in-place: it is kept with the pod, programs do not see it'],
  [
    { metadata: { annotations: { a: 'b' } } },
    'metadata.annotations.a in-place: it is kept with the pod, programs do not see it',
  ],
  [
    { metadata: { annotations: { 'kubernetes.io/egress-bandwidth': '1M' } } },
    "metadata.annotations['kubernetes.io/egress-bandwidth'] in-place: the pod's link is limited anew while it runs",
  ],
  [{ pod: { restartPolicy: 'OnFailure' } }, 'spec.restartPolicy in-place: podd goes by it when a container ends'],
  [{ pod: { restartPolicy: 'Always' } }, 'spec.restartPolicy nothing: means the same'],
  [
    { pod: { terminationGracePeriodSeconds: 3 } },
    'spec.terminationGracePeriodSeconds in-place: podd goes by it at the next stop',
  ],
  [{ pod: { backoff: { initial: '1s' } } }, 'spec.backoff in-place: podd goes by it at the next restart'],
  [
    { pod: { resources: { limits: { cpu: 1, pids: 5 } } } },
    'spec.resources in-place: cgroup files are written while it runs',
  ],
  [{ pod: { resources: { cpu: { period: '100ms' } } } }, 'spec.resources nothing: means the same'],
  [{ pod: { hostname: 'x' } }, "spec.hostname recreate-pod: the pod's hostname is set when its namespaces are made"],
  [{ pod: { network: 'none' } }, "spec.network recreate-pod: the pod's namespaces are made once"],
  [{ pod: { network: 'pod' } }, 'spec.network nothing: means the same'],
  [
    { pod: { hostnameOverride: 'x.y' } },
    "spec.hostnameOverride recreate-pod: the pod's hostname is set when its namespaces are made",
  ],
  [
    { pod: { subdomain: 'ring' } },
    'spec.subdomain restart-container: /etc/hosts is written when containers app, plain start',
  ],
  [
    { pod: { hostAliases: [{ ip: '1.2.3.4', hostnames: ['a'] }] } },
    'spec.hostAliases restart-container: /etc/hosts is written when containers app, plain start',
  ],
  [
    { pod: { dnsPolicy: 'Default' } },
    'spec.dnsPolicy restart-container: /etc/resolv.conf is written when containers app, plain start',
  ],
  [{ pod: { dnsPolicy: 'ClusterFirst' } }, 'spec.dnsPolicy nothing: means the same'],
  [
    { pod: { dnsConfig: { searches: ['a.b'] } } },
    'spec.dnsConfig restart-container: /etc/resolv.conf is written when containers app, plain start',
  ],
  ...['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'].map(
    (name): Case => [{ pod: { [name]: true } }, `spec.${name} recreate-pod: the pod's namespaces are made once`],
  ),
  [{ pod: { hostUsers: false } }, "spec.hostUsers recreate-pod: the pod's namespaces are made once"],
  [
    { pod: { securityContext: { runAsUser: 5 } } },
    `spec.securityContext.runAsUser restart-container: the user is ${isThePlain}`,
  ],
  [
    { pod: { securityContext: { runAsUser: 5 } }, plain: { securityContext: { runAsUser: 0 } } },
    '[plain].securityContext.runAsUser nothing: means the same',
    'spec.securityContext.runAsUser restart-program: the user is fixed when app/web, app/db start',
  ],
  [
    { pod: { activeDeadlineSeconds: 5 } },
    'spec.activeDeadlineSeconds in-place: podd goes by it from now on, counted from the pod’s start',
  ],
  [{ pod: { nodeName: 'x' } }, 'spec.nodeName nothing: means nothing on one machine, ignored'],
  [{ more: [fresh] }, '[new] in-place: it is added, the others run on'],
];

const plainCases: readonly Case[] = [
  [{ plain: { image: 'x' } }, '[plain].image restart-container: its root is made when container plain starts'],
  [{ plain: { command: ['x'] } }, `[plain].command restart-container: the command line is ${isThePlain}`],
  [{ plain: { args: ['x'] } }, `[plain].args restart-container: the command line is ${isThePlain}`],
  [
    { plain: { env: [{ name: 'A', value: '2' }] } },
    `[plain].env[A].value restart-container: the environment is ${isThePlain}`,
  ],
  [{ plain: { workingDir: '/srv' } }, `[plain].workingDir restart-container: the working directory is ${isThePlain}`],
  [{ plain: { stdin: true } }, `[plain].stdin restart-container: standard input is ${isThePlain}`],
  [{ plain: { tty: true } }, `[plain].tty restart-container: the terminal is ${isThePlain}`],
  [{ plain: { ports: [{ containerPort: 80 }] } }, '[plain].ports in-place: what leads to them follows at once'],
  [{ plain: { restartPolicy: 'Never' } }, '[plain].restartPolicy in-place: podd goes by it when a container ends'],
  [
    { plain: { resources: { limits: { cpu: '1' } } } },
    '[plain].resources in-place: cgroup files are written while it runs',
  ],
  [
    {
      plain: {
        resources: { cpu: { weight: 5 }, io: { devices: [{ device: '8:0', readBps: 1 }] }, mem_limit: '64m' },
      },
    },
    '[plain].resources in-place: cgroup files are written while it runs',
  ],
  [
    { plain: { devices: ['/dev/fuse'] } },
    '[plain].devices restart-container: its devices are made when container plain starts',
  ],
  [
    { plain: { procView: 'files' } },
    '[plain].procView restart-container: its view of /proc is made when container plain starts',
  ],
  [{ plain: { procView: 'full' } }, '[plain].procView nothing: means the same'],
  [
    { plain: { livenessProbe: { exec: { command: ['x'] } } }, app: { workingDir: '/srv' } },
    '[app].workingDir restart-program: the working directory is fixed when app/web, app/db start',
    '[plain].livenessProbe in-place: PID 1 probes it anew, no process is touched',
  ],
  [
    { plain: { namespaces: { ipc: 'private' } } },
    '[plain].namespaces restart-container: its namespaces are made when container plain starts',
  ],
  [
    {
      plain: { securityContext: { runAsUser: 5, readOnlyRootFilesystem: true, capabilities: { add: ['NET_RAW'] } } },
    },
    `[plain].securityContext.runAsUser restart-container: the user is ${isThePlain}`,
    '[plain].securityContext.readOnlyRootFilesystem restart-container: its root is made when container plain starts',
    '[plain].securityContext.capabilities restart-container: PID 1 of container plain gave up CAP_NET_RAW when it started',
  ],
  [
    { plain: { securityContext: { allowPrivilegeEscalation: false } } },
    '[plain].securityContext.allowPrivilegeEscalation restart-container: PID 1 gives privileges up when container plain starts',
  ],
  [
    { plain: { securityContext: { seccompProfile: { type: 'Unconfined' } } } },
    '[plain].securityContext.seccompProfile restart-container: the filter of its system calls is loaded when container plain starts',
  ],
  [
    { plain: { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } } },
    '[plain].securityContext.seccompProfile nothing: means the same',
  ],
  [
    { plain: { command: undefined, processes: [{ name: 'x', command: ['y'] }] } },
    `[plain].command restart-container: the command line is ${isThePlain}`,
    '[plain].processes restart-container: PID 1 is made for one program or for several when container plain starts',
  ],
];

const containerCases: readonly Case[] = [
  [
    { app: { env: [{ name: 'A', value: '2' }] } },
    '[app].env[A].value restart-program: the environment is fixed when app/web, app/db start',
  ],
  [
    {
      app: {
        env: [
          { name: 'A', value: '1' },
          { name: 'PORT', value: '2' },
        ],
      },
    },
    '[app].env[PORT] restart-program: the environment is fixed when app/db starts',
  ],
  [
    { app: { securityContext: { runAsUser: 5 } } },
    '[app].securityContext.runAsUser restart-program: the user is fixed when app/web, app/db start',
  ],
  [
    { app: { securityContext: { readOnlyRootFilesystem: true } } },
    '[app].securityContext.readOnlyRootFilesystem restart-container: its root is made when container app starts',
  ],
  [
    { app: { dev: { watch: [{ paths: ['/x'], action: 'restart' }] } } },
    '[app].dev nothing: what podctl dev goes by, nothing that runs does',
  ],
  [
    { app: { processes: [web, db, { name: 'new', command: ['x'] }] } },
    '[app].processes[new] in-place: it is added, the others run on',
  ],
  [
    { app: { processes: [web, db, { name: 'new', command: ['x'], user: 'www-data' }] } },
    '[app].processes[new] restart-container: /etc is made when container app starts, and knows no www-data yet',
  ],
  [
    { app: { processes: [{ ...web, dependsOn: undefined }] } },
    '[app].processes[web].dependsOn in-place: PID 1 goes by it at the next start of app/web',
    '[app].processes[db] in-place: it is removed, the others run on',
  ],
];

const restarts = (field: string, value: unknown, why: string): Case => [
  { web: { [field]: value } },
  `[app].processes[web].${field} restart-program: ${why} fixed when app/web starts`,
];
const inPlace = (field: string, value: unknown, why: string): Case => [
  { web: { [field]: value } },
  `[app].processes[web].${field} in-place: ${why}`,
];

const programCases: readonly Case[] = [
  restarts('command', ['x'], 'the command line is'),
  restarts('args', ['x'], 'the command line is'),
  [
    { web: { env: { PORT: '81' } } },
    '[app].processes[web].env.PORT restart-program: the environment is fixed when app/web starts',
  ],
  restarts('workingDir', '/srv', 'the working directory is'),
  restarts('user', 5, 'the user is'),
  restarts('group', 5, 'the group is'),
  restarts('supplementaryGroups', [5], 'the groups are'),
  restarts('umask', '077', 'the umask is'),
  restarts('nice', 5, 'the priority is'),
  restarts('rlimits', { nofile: 5 }, 'resource limits are'),
  restarts('oomScoreAdj', 5, 'oom_score_adj is'),
  restarts('capabilities', [], 'capabilities are'),
  restarts('stdin', true, 'standard input is'),
  restarts('tty', true, 'the terminal is'),
  restarts('readiness', { notify: true }, 'the way of telling of readiness is'),
  restarts('readiness', { notifyFd: 3 }, 'the way of telling of readiness is'),
  inPlace('readiness', { logLine: 'x' }, 'PID 1 probes app/web anew, its process stays'),
  inPlace('liveness', { tcpSocket: { port: 80 } }, 'PID 1 probes app/web anew, its process stays'),
  inPlace('autostart', false, 'PID 1 goes by it at the next start of the container of app/web'),
  inPlace('essential', true, 'PID 1 goes by it when app/web ends'),
  inPlace('restart', 'always', 'PID 1 goes by it when app/web ends'),
  inPlace('stop', { signal: 'INT' }, 'PID 1 goes by it at the next stop of app/web'),
  inPlace('reload', { signal: 'HUP' }, 'PID 1 goes by it at the next reload of app/web'),
  inPlace('instances', 3, 'instances of app/web come and go, those that stay run on'),
  inPlace('resources', { limits: { memory: '64Mi' } }, 'cgroup files of app/web are written while it runs'),
  inPlace(
    'resources',
    { memory: { high: '48Mi' }, unified: { 'pids.max': 5 } },
    'cgroup files of app/web are written while it runs',
  ),
  inPlace('logs', { maxFiles: 3 }, 'PID 1 writes the log of app/web by it from now on'),
  [
    { web: { dependsOn: { db: { condition: 'ready', cascade: true } } } },
    '[app].processes[web].dependsOn.db in-place: PID 1 goes by it at the next start of app/web',
  ],
  [
    { web: { schedule: { every: '10m' }, restart: 'never' } },
    '[app].processes[web].schedule in-place: PID 1 counts from now on when app/web is due',
    '[app].processes[web].restart in-place: PID 1 goes by it when app/web ends',
  ],
  [{ web: { nice: 0 } }, '[app].processes[web].nice nothing: means the same'],
  [
    { web: { user: 'www-data' } },
    '[app].processes[web].user restart-container: /etc is made when container app starts, and knows no www-data yet',
  ],
];

describe('a change from nothing to', () => {
  const cases = [...podCases, ...plainCases, ...containerCases, ...programCases].map(([to, ...expected]) => ({
    to,
    expected,
  }));
  test.each(cases)('$to', ({ to, expected }) => {
    expect(told({}, to)).toEqual(expected);
  });
});

describe('a changed field', () => {
  test('of a container that is gone', () => {
    expect(told({ more: [fresh] }, {})).toEqual(['[new] restart-container: it is removed, the others run on']);
  });

  test('costs what it costs alone, whatever else changes in the container', () => {
    const to = { web: { user: 'www-data', logs: { maxFiles: 3 }, env: { PORT: '81' } } };
    expect(told({}, to).map((line) => line.split(':')[0])).toEqual([
      '[app].processes[web].env.PORT restart-program',
      '[app].processes[web].user restart-container',
      '[app].processes[web].logs in-place',
    ]);
  });

  test('means the same in another spelling, beside one that does not', () => {
    const limits = (cpu: string, memory: string) => ({ app: { resources: { limits: { cpu, memory } } } });
    expect(told(limits('500m', '64Mi'), limits('0.5', '1Gi'))).toEqual([
      '[app].resources.limits.cpu nothing: means the same',
      '[app].resources.limits.memory in-place: cgroup files are written while it runs',
    ]);
  });

  test('of resources costs nothing in docker’s words for the same', () => {
    const from = { plain: { resources: { limits: { cpu: '500m', memory: '64Mi' } } } };
    const to = { plain: { resources: { cpus: 0.5, mem_limit: '64m' } } };
    expect(told(from, to)).toEqual([
      '[plain].resources.limits nothing: undone by the other changes',
      '[plain].resources.cpus nothing: means the same',
      '[plain].resources.mem_limit nothing: means the same',
    ]);
  });

  test('that another one undoes costs nothing', () => {
    const stays = { namespaces: { net: 'pod', uts: 'pod' } };
    expect(told({}, { pod: { hostNetwork: true }, app: stays, plain: stays })).toEqual([
      '[app].namespaces nothing: means the same',
      '[plain].namespaces nothing: means the same',
      'spec.hostNetwork nothing: undone by the other changes',
    ]);
  });

  test('of the whole name as hostname recreates the pod where it has one', () => {
    const from = { pod: { subdomain: 'ring' } };
    expect(told(from, { pod: { subdomain: 'ring', setHostnameAsFQDN: true } })).toEqual([
      "spec.setHostnameAsFQDN recreate-pod: the pod's hostname is set when its namespaces are made",
    ]);
  });

  test('of a port by name reaches the probes that name it', () => {
    const named = (containerPort: number) => ({
      app: { ports: [{ name: 'http', containerPort }] },
      web: { readiness: { tcpSocket: { port: 'http' } } },
    });
    expect(told(named(80), named(81)).map((line) => line.split(':')[0])).toEqual([
      '[app].ports[80] in-place',
      '[app].ports[81] in-place',
    ]);
  });

  test('of a container names those that live in its namespaces', () => {
    expect(told({ more: [joins] }, { plain: { command: ['x'] }, more: [joins] })).toEqual([
      `[plain].command restart-container: the command line is ${isThePlain}; side, in its namespaces, starts anew with it`,
    ]);
  });

  test('of a thousand is judged with the others', () => {
    const many = (value: string) => ({
      plain: { env: Array.from({ length: 1000 }, (_, at) => ({ name: `E${at}`, value })) },
    });
    let count = 0;
    const normalise = (manifest: PodManifest) => {
      count += 1;
      return normalisePod(manifest);
    };
    expect(told(many('1'), many('2'), { normalise })).toHaveLength(1000);
    expect(count).toBeLessThan(5);
  });
});
