/** What `podctl render` makes for Kubernetes, run as plain v1: podinit carries the programs. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { isReady } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const here = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const pod = JSON.stringify({
  apiVersion: 'podctl.dev/v1',
  kind: 'Pod',
  metadata: { name: 'carried' },
  spec: {
    restartPolicy: 'Never',
    containers: [
      {
        name: 'app',
        image: 'host',
        env: [{ name: 'WHO', value: 'carried' }],
        processes: [
          {
            name: 'setup',
            command: ['sh', '-c', 'echo $$(date +%s) > /tmp/setup'],
            restart: 'never',
          },
          {
            name: 'web',
            command: [
              'sh',
              '-c',
              'cat /tmp/setup && echo "web of $WHO" && until [ -e /tmp/end ]; do sleep 0.1; done; exit 7',
            ],
            dependsOn: { setup: 'succeeded' },
            essential: true,
            restart: 'never',
          },
        ],
      },
    ],
  },
});

describeReal('podctl render --to kubernetes', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  test('needs no podd, says what is wrong, and prints nothing then', async () => {
    const { exitCode, stdout, stderr } = await instance.podctl(['render', '--to', 'kubernetes', '-f', '-'], {
      stdin: pod,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('--image app=REFERENCE');
  });

  test('is plain v1 whose programs podinit runs in their order, and whose end is the container’s', async () => {
    const flags = ['--to', 'kubernetes', '--image', 'app=host', '-o', 'json'];
    const list = JSON.parse(await instance.podctlOk(['render', ...flags, '-f', '-'], { stdin: pod }));
    const [map, made] = list.items;
    expect([map.apiVersion, made.apiVersion]).toEqual(['v1', 'v1']);
    // the image that people would build has podinit in it; here it comes from this checkout
    const [app] = made.spec.containers;
    app.command[0] = `${here}/bin/podinit`;
    app.volumeMounts.push({ name: 'podctl', mountPath: here, readOnly: true });
    made.spec.volumes.push({ name: 'podctl', hostPath: { path: here } });
    await instance.apply(map, made);
    await instance.waitForPod('carried', 'is ready', isReady);
    await waitFor('web has spoken', async () =>
      (await instance.podctlOk(['logs', 'carried'])).includes('web of carried'),
    );
    await instance.exec('carried', ['touch', '/tmp/end'], 'app');
    const ended = await instance.waitForPod('carried', 'has ended', ({ status }) => status.phase === 'Failed');
    expect(ended.status.containerStatuses[0]?.state).toMatchObject({ terminated: { exitCode: 7 } });
  });
});
