/** Probes and hooks over the network of a pod, of all kinds at once: asked by PID 1 of each container, answered by a sidecar. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { containerOf, isReady, lastExit } from '../support/pods.ts';
import { inRepository } from '../support/repository.ts';
import { selfSigned } from '../support/self-signed.ts';

/** How a container's program is written. */
type Written = (argv: readonly string[]) => object;

describeReal('probes and hooks of containers', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const each = { periodSeconds: 1, failureThreshold: 600, timeoutSeconds: 30 };
  const sh = (script: string): readonly string[] => ['/usr/bin/sh', '-c', script];
  const sleeper = (trap: string): readonly string[] => sh(`trap '${trap}' TERM; while :; do sleep 0.1; done`);

  const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
  const containers = (written: Written) => {
    const one = (name: string, argv: readonly string[], fields: object) => ({
      ...{ name, image: 'host', ...written(argv), ...fields, volumeMounts },
    });
    const asked = (handler: object, fields: object = {}) => ({ ...handler, ...each, ...fields });
    const hook = (path: string) => ({ httpGet: { port: 8080, path } });
    return {
      initContainers: [
        one('server', ['node', '/shared/answering-server.js', '/shared'], {
          restartPolicy: 'Always',
          ports: [{ name: 'web', containerPort: 8080 }],
          env: [
            { name: 'KEY', value: selfSigned.key },
            { name: 'CERT', value: selfSigned.cert },
          ],
          startupProbe: asked({
            httpGet: {
              port: 'web',
              path: '/redirect',
              httpHeaders: [
                { name: 'X-Probe', value: 'yes' },
                { name: 'Host', value: 'example.test' },
              ],
            },
          }),
        }),
      ],
      containers: [
        one('hooked', sleeper('exit 0'), {
          lifecycle: { postStart: hook('/open'), preStop: hook('/hooked-ends') },
        }),
        one('tls', sleeper('exit 0'), { readinessProbe: asked({ httpGet: { port: 8443, scheme: 'HTTPS' } }) }),
        one('tcp', sleeper('exit 0'), { readinessProbe: asked({ tcpSocket: { port: 9000 } }) }),
        one('grpc', sleeper('exit 0'), { readinessProbe: asked({ grpc: { port: 9090, service: 'db' } }) }),
        one('stubborn', sleeper('[ -e /shared/dead ] || exit 0'), {
          lifecycle: { preStop: hook('/stubborn-ends') },
          livenessProbe: asked(hook('/live'), { failureThreshold: 1, terminationGracePeriodSeconds: 1 }),
        }),
      ],
    };
  };

  test.each<[string, string, number, Written]>([
    ['Kubernetes’ Pods', 'v1', 137, (command) => ({ command })],
    // whose end was asked for: that one of them had to be killed is told of the program
    ['containers of processes', 'podctl.dev/v1', 0, (command) => ({ processes: [{ name: 'main', command }] })],
  ])('of %s do what they say', async (_who, apiVersion, exitCode, written) => {
    const shared = join(instance.base, apiVersion.replace('/', '-'));
    mkdirSync(shared);
    copyFileSync(inRepository('test/support/answering-server.js'), join(shared, 'answering-server.js'));
    const seen = (): readonly string[] =>
      existsSync(join(shared, 'seen')) ? readFileSync(join(shared, 'seen'), 'utf8').trimEnd().split('\n') : [];
    await instance.apply({
      ...{ apiVersion, kind: 'Pod', metadata: { name: 'p' } },
      spec: {
        terminationGracePeriodSeconds: 600,
        volumes: [{ name: 'shared', hostPath: { path: shared } }],
        ...containers(written),
      },
    });
    const ready = await instance.waitForPod('p', 'is ready', isReady);
    expect(
      seen()
        .filter((path) => path !== '/live')
        .slice(-3),
    ).toEqual(['/redirect', '/asked?twice', '/open']);
    const restartsOf = (pod: PodObject) =>
      pod.status.containerStatuses.map(({ name, restartCount }) => [name, restartCount]);
    expect(restartsOf(ready).filter(([, count]) => count !== 0)).toEqual([]);
    writeFileSync(join(shared, 'dead'), '');
    const again = await instance.waitForPod('p', 'runs anew', (pod) => containerOf(pod, 'stubborn').restartCount > 0);
    rmSync(join(shared, 'dead'));
    expect(lastExit(containerOf(again, 'stubborn'))).toMatchObject({ exitCode });
    expect(seen()).toContain('/stubborn-ends');
    expect(restartsOf(again).filter(([, count]) => count !== 0)).toEqual([['stubborn', 1]]);
    await instance.deletePod('p');
    expect(seen()).toContain('/hooked-ends');
  });
});
