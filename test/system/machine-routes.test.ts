/** Local routes on the real kernel, in a network namespace of the test's own; no podd. */
import { execFileSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinNamespace, openNamespace, unshareNamespaces } from '../../src/linux/namespaces.ts';
import { createLinks, type Links } from '../../src/network/links.ts';
import { describeReal } from '../support/describe-real.ts';
import { labSettings } from '../support/network-lab.ts';
import { waitFor } from '../support/wait-for.ts';

const ip = (command: string): string => execFileSync('ip', command.split(' '), { encoding: 'utf8' });
const destination = labSettings.dnsAddress;

describeReal('a local route of the pod network', () => {
  const home = openNamespace('self', 'net');
  const told: string[] = [];
  let links: Links;
  beforeAll(() => {
    unshareNamespaces(['net']);
    ip('link set lo up');
    links = createLinks({ settings: labSettings, wanted: () => [], log: (message) => told.push(message) });
    links.setMachineRoutes([`${destination}/32`]);
  });
  afterAll(() => {
    links.close();
    joinNamespace(home, 'net');
    closeSync(home);
  });

  const isThere = (): boolean => ip('route show table local').includes(destination);

  const cases = [
    ['somebody removes it', [`route del local ${destination} dev lo table local`]],
    ['the loopback link loses its last address', ['address del 127.0.0.1/8 dev lo', 'address add 127.0.0.1/8 dev lo']],
  ] as const;
  test.each(cases)('is back after %s', async (_, commands) => {
    expect(isThere()).toBe(true);
    for (const command of commands) ip(command);
    expect(isThere()).toBe(false);
    await waitFor('it is back', isThere);
    expect(told).toEqual([]);
  });
});
