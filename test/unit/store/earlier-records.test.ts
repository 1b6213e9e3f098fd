import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { validatePod } from '../../../src/manifest/validate-pod.ts';
import { noMaterials } from '../../../src/model/materials.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';
import { containerDrift } from '../../../src/reconcile/container-drift.ts';
import { parsePodRecord } from '../../../src/store/parse-record.ts';

/** As version 0.1.0 wrote it. */
const earlier = {
  version: 1,
  bootId: 'b',
  uid: 'u',
  generation: 1,
  resourceVersion: '5',
  creationTimestamp: '2026-01-02T03:04:05.000Z',
  manifest: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: {
      securityContext: { supplementalGroups: [7] },
      containers: [{ name: 'app', image: 'host', command: ['sleep', '1'], env: [{ name: 'A', value: 'b' }] }],
    },
  },
  spec: {
    name: 'web',
    namespace: 'default',
    labels: {},
    annotations: {},
    hostname: 'web',
    restartPolicy: 'Always',
    backoff: { initialMs: 10_000, maxMs: 300_000, factor: 2, resetAfterMs: 600_000 },
    graceMs: 30_000,
    containers: [
      {
        name: 'app',
        root: { kind: 'host' },
        restartPolicy: 'Always',
        namespaces: {
          net: 'pod',
          ipc: 'pod',
          uts: 'pod',
          pid: 'private',
          mnt: 'private',
          cgroup: 'private',
          time: 'private',
        },
        resources: { pidsLimit: 2048 },
        security: {
          capabilities: [
            ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
            ...['NET_BIND_SERVICE', 'SYS_CHROOT', 'SETFCAP'],
          ],
          noNewPrivileges: false,
          readOnlyRootFilesystem: false,
          privileged: false,
        },
        ports: [],
        programs: [
          {
            name: 'main',
            argv: ['sleep', '1'],
            env: {
              PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
              HOME: '/root',
              HOSTNAME: 'web',
              A: 'b',
            },
            workingDir: '/',
            uid: 0,
            gid: 0,
            supplementaryGroups: [7],
            essential: true,
          },
        ],
      },
    ],
  },
  runs: { app: { attempt: 2, nextBackoffMs: 0, backoffMs: 0, waitMs: 0, startAnyway: false } },
};

describe('a record of version 0.1.0', () => {
  const loaded = parsePodRecord(JSON.stringify(earlier), 'u');
  const container = loaded.ok ? loaded.value.spec.containers[0] : undefined;

  test('is read as a plain container', () => {
    expect(loaded).toMatchObject({ ok: true });
    expect(container).toMatchObject({ isPlain: true, programs: [{ essential: true, restart: { policy: 'never' } }] });
  });

  test('means what the same manifest means today, so that an apply of it restarts nothing', () => {
    const today = validatePod(earlier.manifest);
    const wanted = today.ok ? today.value.spec.containers[0] : undefined;
    if (container === undefined || wanted === undefined) throw new Error(JSON.stringify({ loaded, today }));
    expect(container).toEqual(wanted);
    expect(containerDrift(container, wanted)).toBe('none');
  });
});

test('a record of today reads back as it was written', () => {
  const processes = [
    {
      name: 'web',
      command: ['web'],
      user: 'www-data',
      rlimits: { nofile: 1024, core: 'unlimited' },
      instances: 2,
      dependsOn: { db: { condition: 'ready', cascade: true } },
      readiness: { httpGet: { port: 80, httpHeaders: [{ name: 'A', value: 'b' }] } },
      liveness: { exec: { command: ['true'] } },
      restart: { policy: 'always', backoff: { jitter: 0.5 } },
      stop: { signal: 'INT', command: ['bye'] },
      reload: { command: ['again'] },
      resources: { limits: { memory: '1Mi', pids: 5 }, io: { weight: 7 } },
      logs: { prefix: '> ', format: 'json' },
    },
    { name: 'db', command: ['db'], readiness: { notifyFd: 3 } },
    { name: 'job', command: ['job'], schedule: { cron: '@daily', timeZone: 'Europe/Berlin' } },
  ];
  const volumes = [
    { name: 'src', hostPath: { path: '/srv', type: 'Directory' } },
    { name: 'config', configMap: { name: 'app', items: [{ key: 'a', path: 'x/a', mode: 0o400 }] } },
    { name: 'tmp', emptyDir: {} },
  ];
  const volumeMounts = [
    { name: 'src', mountPath: '/src', subPath: 'lib', readOnly: true, restartOn: 'change' },
    { name: 'config', mountPath: '/config', reloadOn: 'change' },
    { name: 'tmp', mountPath: '/tmp' },
  ];
  const manifest: PodManifest = {
    apiVersion: 'podctl.dev/v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { volumes, containers: [{ name: 'app', image: 'host', processes, volumeMounts }] },
  };
  const app = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app' }, data: { a: '1' } } as const;
  const spec = normalisePod(manifest, {
    ...noMaterials,
    configMaps: new Map([['app', app]]),
    digests: new Map([['/srv/lib', { digest: 'd', files: { x: 'f' }, identity: '1:2:3' }]]),
    hash: () => 'hash',
  });
  expect(spec.containers[0]?.mounts.map(({ content }) => content?.digest)).toEqual(['d', 'hash', undefined]);
  const runs = { app: { ...earlier.runs.app, stopped: true, restartId: 'x', cascade: true } };
  const record = { ...earlier, manifest, spec, runs };
  expect(parsePodRecord(JSON.stringify(record), 'u')).toEqual({ ok: true, value: record });
});
