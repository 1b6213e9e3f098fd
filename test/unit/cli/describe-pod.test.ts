import { describe, expect, test } from 'vitest';
import { describePod } from '../../../src/cli/describe-pod.ts';
import { aProgram } from '../../support/programs.ts';
import { aContainer, ago, anEvent, aPod, now, running, terminated } from './pod-builder.ts';

const pod = aPod({
  metadata: { labels: { tier: 'front', app: 'web' } },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'host',
        command: ['sh', '-c', 'echo one\necho two'],
        ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP', hostPort: 5353 }],
        resources: { limits: { memory: '64Mi', cpu: '200m' } },
        env: [{ name: 'GREETING', value: 'hello' }],
        namespaces: { pid: 'pod' },
      },
    ],
  },
  containers: [aContainer('app', running, { restartCount: 1, lastState: terminated('OOMKilled', 137) })],
});
const page = describePod(pod, [anEvent(), anEvent({ type: 'Warning', reason: 'BackOff', count: 2 })], {
  nowMs: now,
  node: 'here',
});
const lines = page.split('\n');

describe('describe pod', () => {
  test('the head names the pod, aligned', () => {
    expect(lines.slice(0, 3)).toEqual(['Name:         web', 'Namespace:    default', 'Node:         here']);
    expect(page).toContain(
      'Labels:       app=web\n              tier=front\nAnnotations:  <none>\nStatus:       Running\n',
    );
  });

  test('a container shows command, state, last state and limits', () => {
    expect(page).toContain('    Command:\n      sh\n      -c\n      echo one\n      echo two\n');
    expect(page).toMatch(/ {4}State: +Running\n {6}Started: +\w{3}, /);
    expect(page).toMatch(/ {4}Last State: +Terminated\n {6}Reason: +OOMKilled\n {6}Exit Code: +137\n {6}Finished: /);
    expect(page).toMatch(/ {4}Ready: +True\n {4}Restart Count: +1\n {4}Limits:\n {6}cpu: +200m\n {6}memory: +64Mi\n/);
    expect(page).toMatch(/ {4}Ports: +80\/TCP, 53\/UDP\n {4}Host Ports: +0\/TCP, 5353\/UDP\n/);
    expect(page).toMatch(
      / {4}Environment:\n {6}GREETING: +hello\n {4}Mounts: +<none>\n {4}Namespaces:\n {6}pid: +pod\n/,
    );
  });

  test('who controls it, its classes and where it may run are told as kubectl does', () => {
    const told = describePod(
      aPod({
        metadata: {
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Other', name: 'x', uid: 'u-1' },
            { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'u-2', controller: true },
          ],
        },
        spec: {
          containers: [{ name: 'app', image: 'host', securityContext: { seccompProfile: { type: 'Unconfined' } } }],
          priority: 7,
          priorityClassName: 'high',
          serviceAccountName: 'builder',
          securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } },
          nodeSelector: { zone: 'b', disk: 'ssd' },
          tolerations: [
            { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
            { key: 'gpu', value: 'yes', effect: 'NoSchedule' },
            { operator: 'Exists' },
          ],
          topologySpreadConstraints: [
            {
              ...{ topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 1 },
              labelSelector: { matchLabels: { app: 'web' } },
            },
          ],
        },
      }),
      [],
      { nowMs: now, node: 'here' },
    ).replaceAll(/ {2,}/g, '  ');
    expect(told).toContain('Priority:  7\nPriority Class Name:  high\nService Account:  builder\nNode:  here\n');
    expect(told).toContain('SeccompProfile:  Localhost\nLocalhostProfile:  a.json\n');
    expect(told).toContain('SeccompProfile:  Unconfined\n');
    expect(told).toContain('Controlled By:  ReplicaSet/web-1\n');
    expect(told).toContain(
      [
        'Node-Selectors:  disk=ssd',
        '  zone=b',
        'Tolerations:  op=Exists',
        '  gpu=yes:NoSchedule',
        '  node.kubernetes.io/not-ready:NoExecute op=Exists for 300s',
        'Topology Spread Constraints:  zone:DoNotSchedule when max skew 1 is exceeded for selector app=web',
        'Events:  <none>\n',
      ].join('\n'),
    );
  });

  test('controls of the pod and of a container stand by their paths', () => {
    const io = { weight: 5, devices: [{ device: '8:0', readBps: 1 }] };
    const resources = { limits: { cpu: 1 }, cpu: { cpus: '0-1' }, io, mem_limit: '64m' };
    const spec = { resources: { limits: { pids: 9 } }, containers: [{ name: 'app', image: 'host', resources }] };
    const told = describePod(aPod({ spec, containers: [aContainer('app', running)] }), [], {
      nowMs: now,
      node: 'here',
    });
    expect(told).toMatch(/Resources:\n {2}Limits:\n {4}pids: +9\nContainers:\n/);
    expect(told).toMatch(/ {4}Limits:\n {6}cpu: +1\n {4}Controls:\n {6}cpu.cpus: +0-1\n {6}io.weight: +5\n/);
    expect(told).toMatch(/ {6}io.devices: +\{"device":"8:0","readBps":1\}\n {6}mem_limit: +64m\n/);
  });

  test('events stand at the end with their age', () => {
    expect(lines.slice(-6)).toEqual([
      'Events:',
      '  Type     Reason   Age                From  Message',
      '  ----     ------   ----               ----  -------',
      '  Normal   Started  10s                podd  Started container app',
      '  Warning  BackOff  10s (x2 over 10s)  podd  Started container app',
      '',
    ]);
  });

  test('a pod without events, and one that is being deleted, say so', () => {
    const leaving = aPod({ metadata: { deletionTimestamp: ago(3000), deletionGracePeriodSeconds: 30 } });
    const text = describePod(leaving, [], { nowMs: now, node: 'here' });
    expect(text).toMatch(/Status: +Terminating \(lasts 3s\)\nTermination Grace Period: +30s\n/);
    expect(text).toMatch(/\nEvents: +<none>\n$/);
  });

  test('programs show their states, dependencies and last ends', () => {
    const processes = [
      { name: 'db' },
      { name: 'web', dependsOn: { db: 'ready', migrate: { condition: 'succeeded', cascade: true } } },
    ];
    const programs = [
      aProgram('db', { startedAt: ago(60_000), restarts: 2, lastExit: { exitCode: 1, at: ago(61_000) } }),
      aProgram('web', { state: 'WAITING', message: 'waits for migrate' }),
    ];
    const text = describePod(
      aPod({
        spec: { containers: [{ name: 'app', processes }] },
        containers: [aContainer('app', running, { programs })],
      }),
      [],
      { nowMs: now, node: 'here' },
    );
    expect(text).toContain(
      [
        '    Programs:',
        '      Name  State          Ready  Restarts  Last Exit         Depends On',
        '      db    RUNNING (60s)  True   2         exit 1 (61s ago)  <none>',
        '      web   WAITING        False  0         -                 db (ready), migrate (succeeded)',
        '    Reasons:',
      ].join('\n'),
    );
    expect(text).toMatch(/Reasons:\n {6}web: +waits for migrate\n/);
    const declared = describePod(aPod({ spec: { containers: [{ name: 'app', processes }] } }), [], {
      nowMs: now,
      node: 'here',
    });
    expect(declared).toMatch(/ {6}web +- +- +- +- +db \(ready\), migrate \(succeeded\)\n/);
  });
});

describe('the network of a pod', () => {
  const annotations = { 'kubernetes.io/ingress-bandwidth': '20M', 'kubernetes.io/egress-bandwidth': '1G' };
  const ports = [
    { containerPort: 80, hostPort: 8080 },
    { containerPort: 53, hostPort: 53, protocol: 'UDP' },
  ];
  const networked = aPod({
    metadata: { annotations },
    spec: { containers: [{ name: 'app', ports }] },
    status: { podIP: '10.99.0.5', podIPs: [{ ip: '10.99.0.5' }, { ip: 'fd00::5' }] },
  });

  test('is shown with addresses, link, bandwidth and what leads to it', () => {
    const shown = describePod(networked, [], { nowMs: now, node: 'here', link: 'pc0123456789abc' });
    expect(shown).toMatch(/IP: +10\.99\.0\.5\nIPs:\n {2}IP: +10\.99\.0\.5\n {2}IP: +fd00::5\n/);
    expect(shown).toMatch(/Link: +pc0123456789abc on this machine, eth0 in the pod\n/);
    expect(shown).toMatch(/Bandwidth: +20Mbit\/s in, 1Gbit\/s out\nPublished: +http:\/\/localhost:8080\n/);
  });

  test('is not there for a pod without addresses', () => {
    expect(page).not.toContain('IP:');
  });
});
