/** NetworkPolicies where nft fails, or is missing: nobody runs open to everybody without being told. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { aPolicy } from '../support/policy-builders.ts';
import { waitFor } from '../support/wait-for.ts';

const policy = aPolicy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, { name: 'all' });
const path = (process.env.PATH ?? '').split(delimiter);

describeReal('an nft that fails', () => {
  const directory = mkdtempSync('/tmp/pc-nft-');
  const broken = join(directory, 'broken');
  let instance: Instance;
  beforeAll(async () => {
    const real = path.map((one) => join(one, 'nft')).join(' ');
    const script = `#!/bin/sh\n[ -e ${broken} ] && { echo 'Error: broken' >&2; exit 1; }\nfor nft in ${real}; do [ -x "$nft" ] && exec "$nft" "$@"; done\n`;
    writeFileSync(join(directory, 'nft'), script);
    chmodSync(join(directory, 'nft'), 0o755);
    instance = await startInstance({ env: { PATH: [directory, ...path].join(delimiter) } });
  });
  afterAll(async () => {
    rmSync(broken, { force: true });
    await instance?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('keeps a pod that is to be isolated from starting, says so, and lets it start when it works again', async () => {
    await instance.apply(aPod({ name: 'first', terminationGracePeriodSeconds: 0 }));
    await instance.waitForPod('first', 'runs', isRunning);
    await instance.apply(policy);
    writeFileSync(broken, '');
    await instance.apply(aPod({ name: 'second', terminationGracePeriodSeconds: 0 }));
    const told = await waitFor('the event', async () => {
      const { body } = await instance.api('GET', '/api/v1/events');
      const events: readonly { readonly message: string }[] = body.items;
      return events.map(({ message }) => message).find((message) => message.includes('NetworkPolicies'));
    });
    expect(told).toContain('NetworkPolicies cannot be put in force');
    const waiting = await instance.getPod('second');
    expect(waiting === undefined || isRunning(waiting)).toBe(false);
    // what runs runs on, and what waits can be deleted
    expect((await instance.getPod('first'))?.status.containerStatuses[0]?.restartCount).toBe(0);
    await instance.apply(aPod({ name: 'third', terminationGracePeriodSeconds: 0 }));
    await instance.deletePod('third', 0);
    rmSync(broken);
    await instance.waitForPod('second', 'runs', isRunning);
  });
});

describeReal('a machine without nft', () => {
  const directory = mkdtempSync('/tmp/pc-nonft-');
  let instance: Instance;
  beforeAll(async () => {
    mkdirSync(join(directory, 'bin'));
    for (const from of path) linkAllBut('nft', from, join(directory, 'bin'));
    instance = await startInstance({ env: { PATH: join(directory, 'bin') } });
  });
  afterAll(async () => {
    await instance?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('tells at apply that a policy isolates nothing, and starts pods', async () => {
    const told = await instance.podctl(['apply', '-f', '-'], { stdin: JSON.stringify(policy) });
    expect(told.exitCode).toBe(0);
    expect(told.stderr + told.stdout).toMatch(/networkpolicy.*all created/);
    expect(told.stderr + told.stdout).toContain('is kept, but isolates nothing: nft is not in PATH');
    await instance.apply(aPod({ name: 'open', containers: [aContainer()], terminationGracePeriodSeconds: 0 }));
    await instance.waitForPod('open', 'runs', isRunning);
  });
});

function linkAllBut(name: string, from: string, to: string): void {
  let names: readonly string[] = [];
  try {
    names = readdirSync(from);
  } catch {
    // PATH may name what is not there
  }
  for (const one of names) {
    if (one === name) continue;
    try {
      symlinkSync(join(from, one), join(to, one));
    } catch (error) {
      // the first of a name in PATH counts
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
