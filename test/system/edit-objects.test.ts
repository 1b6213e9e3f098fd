/** set, label and annotate on the real kernel: a template's change replaces pods, a label leaves what runs alone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containersOf } from '../../src/cli/pod-template.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { initPid, isReady } from '../support/pods.ts';

describeReal('objects are changed on the command line', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    await instance.apply({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { terminationGracePeriodSeconds: 1, containers: [aContainer({ env: [{ name: 'A', value: '1' }] })] },
        },
      },
    });
    await instance.podctlOk(['rollout', 'status', 'deployment/web']);
  });
  afterAll(async () => {
    await instance.podctl(['delete', 'deployment/web']);
    await instance.stop();
  });

  const onlyPod = async (): Promise<PodObject> => {
    const { body } = await instance.api('GET', '/api/v1/namespaces/default/pods');
    const [pod, ...more] = (body.items as PodObject[]).filter(({ metadata }) => !metadata.deletionTimestamp);
    if (pod === undefined || more.length > 0) throw new Error('there is not one pod');
    return instance.waitForPod(pod.metadata.name, 'is ready', isReady);
  };

  test('labels and annotations leave what runs alone', async () => {
    const before = await onlyPod();
    const { name } = before.metadata;
    expect(await instance.podctlOk(['label', 'pod', name, 'tier=front'])).toBe(`pod/${name} labeled`);
    expect(await instance.podctlOk(['annotate', `pod/${name}`, 'note=a b'])).toBe(`pod/${name} annotated`);
    const after = await onlyPod();
    expect(after.metadata).toMatchObject({ name, labels: { app: 'web', tier: 'front' }, annotations: { note: 'a b' } });
    expect(initPid(after)).toBe(initPid(before));
    await instance.podctlOk(['label', 'pod', name, 'tier-']);
    expect((await onlyPod()).metadata.labels).not.toHaveProperty('tier');
  });

  test('a variable and a limit of the template give new pods', async () => {
    const before = await onlyPod();
    await instance.podctlOk(['set', 'env', 'deployment/web', 'A=2', 'B=3']);
    await instance.podctlOk(['set', 'resources', 'deployment', 'web', '--limits=memory=64Mi']);
    await instance.podctlOk(['rollout', 'status', 'deployment/web']);
    const after = await onlyPod();
    expect(after.metadata.name).not.toBe(before.metadata.name);
    expect(containersOf(after.spec)[0]).toMatchObject({
      env: [
        { name: 'A', value: '2' },
        { name: 'B', value: '3' },
      ],
      resources: { limits: { memory: '64Mi' } },
    });
  });

  test('an apply of the file leaves alone what others set, over a podd that was killed too', async () => {
    const apply = (labels?: Readonly<Record<string, string>>) =>
      instance.podctlOk(['apply', '-f', '-'], {
        stdin: JSON.stringify(aPod({ name: 'bare', ...(labels && { labels }) })),
      });
    await apply({ mine: '1' });
    const before = await instance.waitForPod('bare', 'is ready', isReady);
    await instance.podctlOk(['label', 'pod', 'bare', 'theirs=1']);
    await instance.restartPodd();
    expect(await apply({ mine: '1' })).toContain('unchanged');
    await apply();
    const after = await instance.waitForPod('bare', 'is ready', isReady);
    expect(after.metadata.labels).toEqual({ theirs: '1' });
    expect(initPid(after)).toBe(initPid(before));
    await instance.podctlOk(['delete', 'pod', 'bare']);
  });
});
