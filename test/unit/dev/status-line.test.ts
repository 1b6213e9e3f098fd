import { expect, test } from 'vitest';
import { formatStatusLine, publishedUrls, troublesOf } from '../../../src/dev/status-line.ts';
import { normalisePod as normalised } from '../../../src/manifest/normalise.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import type { ContainerState, ContainerStatus } from '../../../src/model/pod-status.ts';
import type { ProgramState } from '../../../src/protocol/init.ts';
import { aPod } from '../../support/fake-reconciler.ts';
import { aProgram } from '../../support/programs.ts';

const running: ContainerState = { running: { startedAt: '2026-05-01T10:00:00Z' } };

function podWith(state: ContainerState, ready: boolean, programs?: readonly ProgramState[]) {
  const status: ContainerStatus = {
    ...{ name: 'app', image: 'host', imageID: '', started: true, restartCount: 0, state, ready },
    ...(programs === undefined ? {} : { programs }),
  };
  return aPod({ name: 'shop', status: { containerStatuses: [status] } });
}

const exit = (exitCode: number) => ({ lastExit: { exitCode, at: '2026-05-01T10:00:00Z', expected: false } });

test.each<[string, ContainerState, boolean, readonly ProgramState[] | undefined, readonly string[]]>([
  ['nothing while all is well', running, true, [aProgram('web')], []],
  ['nothing of a plain container that is ready', running, true, undefined, []],
  ['a plain container that is not', running, false, undefined, ['shop/app not ready']],
  [
    'why a container waits',
    { waiting: { reason: 'CrashLoopBackOff' } },
    false,
    undefined,
    ['shop/app CrashLoopBackOff'],
  ],
  [
    'how a container ended',
    { terminated: { exitCode: 3, reason: 'Error', finishedAt: '' } },
    false,
    undefined,
    ['shop/app Error (exit 3)'],
  ],
  [
    'how programs stand that are not well',
    running,
    false,
    [
      aProgram('web', { state: 'BACKOFF', ready: false, ...exit(1) }),
      aProgram('db', { state: 'RUNNING', ready: false }),
      aProgram('worker', { state: 'WAITING', ready: false, message: 'waits for db to be ready' }),
      aProgram('other', { state: 'STOPPED', ready: false }),
    ],
    [
      'shop/app/web BACKOFF: exited with code 1',
      'shop/app/db not ready',
      'shop/app/worker WAITING: waits for db to be ready',
    ],
  ],
])('tells %s', (_, state, ready, programs, troubles) => {
  expect(troublesOf(podWith(state, ready, programs))).toEqual(troubles);
});

test('tells what goes', () => {
  expect(troublesOf(aPod({ name: 'shop', deletionTimestamp: '2026-05-01T10:00:00Z' }))).toEqual(['shop Terminating']);
});

const specs = (
  network: string,
  ports = '{containerPort: 8080}, {containerPort: 53, protocol: UDP}, {containerPort: 9090}',
) =>
  parseManifest(
    `apiVersion: podctl.dev/v1\nkind: Pod\nmetadata: {name: shop}\nspec:\n  ${network}\n  containers:\n  - {name: app, image: host, command: [x], ports: [${ports}]}\n`,
    '/pod.yaml',
  ).pods.map(({ manifest }) => normalised(manifest));

test('names the ports of pods in the machine’s network, and published ones', () => {
  expect(publishedUrls(specs('hostNetwork: true'))).toEqual(['http://localhost:8080', 'http://localhost:9090']);
  const published = '{containerPort: 80, hostPort: 8080}, {containerPort: 81, hostPort: 8081, hostIP: 192.0.2.1}';
  const udp = '{containerPort: 53, hostPort: 53, protocol: UDP}, {containerPort: 9090}';
  expect(publishedUrls(specs('hostNetwork: false', `${published}, ${udp}`))).toEqual([
    'http://localhost:8080',
    'http://192.0.2.1:8081',
  ]);
  expect(publishedUrls(specs('network: none', published))).toEqual([]);
});

test('the line has it all', () => {
  const pods = [
    podWith(running, true, [aProgram('web')]),
    podWith({ waiting: { reason: 'ContainerCreating' } }, false),
  ];
  const view = {
    pods,
    specs: specs('hostNetwork: true'),
    lastAction: 'restarted x (5 ms)',
    isBroken: true,
    separator: '·',
  };
  expect(formatStatusLine(view)).toBe(
    'manifest broken, the last good version runs · ready 1/2 · shop/app ContainerCreating · http://localhost:8080 · http://localhost:9090 · restarted x (5 ms)',
  );
});
