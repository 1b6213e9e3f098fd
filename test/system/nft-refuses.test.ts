/** An nft that refuses for a while, as on a machine whose package is being replaced: what depends on the table waits, nothing else does. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('while nft refuses every change', () => {
  const directory = mkdtempSync('/tmp/pc-nft-');
  const refusal = join(directory, 'refuse');
  let instance: Instance;
  beforeAll(async () => {
    const path = process.env.PATH ?? '';
    const script = `#!/bin/sh
if [ "$1" = -f ] && [ -e ${refusal} ]; then echo 'Error: not now' >&2; exit 1; fi
PATH='${path}:/usr/sbin'; exec nft "$@"
`;
    writeFileSync(join(directory, 'nft'), script);
    chmodSync(join(directory, 'nft'), 0o755);
    writeFileSync(refusal, '');
    instance = await startInstance({ env: { PATH: `${directory}:${path}` } });
  });
  afterAll(async () => {
    rmSync(refusal, { force: true });
    await instance.stop();
    rmSync(directory, { recursive: true });
  });

  const pod = (name: string) => aPod({ name, containers: [aContainer({ command: ['sleep', 'infinity'] })] });
  const isRefused = async (): Promise<boolean> => (await instance.podctlOk(['events'])).includes('NetworkPolicies');

  test('a pod starts, one that policies may isolate waits for them, and has them as soon as nft takes them', async () => {
    await instance.apply(pod('free'));
    await instance.waitForPod('free', 'runs', isRunning);
    const metadata = { name: 'deny' };
    const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec: { podSelector: {} } };
    await instance.apply(policy, pod('isolated'));
    await waitFor('its start is refused', isRefused, 30_000, 200);
    expect(isRunning(await instance.waitForPod('isolated', 'is there', () => true))).toBe(false);
    rmSync(refusal);
    await instance.waitForPod('isolated', 'runs', isRunning);
  });

  test('podd ends in time', async () => {
    await instance.podctlOk(['delete', 'networkpolicy', 'deny']);
    await instance.deleteAll();
    writeFileSync(refusal, '');
    await instance.apply(pod('last'));
    await instance.waitForPod('last', 'runs', isRunning);
    await instance.deletePod('last', 0);
    await instance.podctlOk(['system', 'stop']);
    rmSync(refusal);
    await instance.startPodd();
  });
});
