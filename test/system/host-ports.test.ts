/** Ports of the machine that lead to pods: who has one, who wants it too, and what is left when podd or the table is gone. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { freePort } from '../support/free-port.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, yamlOf } from '../support/manifest.ts';
import { isReady, isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

/** What the pod's echo says first; undefined when nobody accepts. */
function greeting(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  const socket = connect(port, host);
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(undefined));
    socket.once('data', (bytes) => {
      resolve(String(bytes).trim());
      socket.destroy();
    });
  });
}

async function listenOn(port: number): Promise<Server> {
  const server = createServer().listen(port, '0.0.0.0');
  await once(server, 'listening');
  return server;
}

describeReal('a hostPort', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const ported = (name: string, hostPort: number) =>
    aPod({
      name,
      containers: [
        aContainer({
          rootfs: { path: instance.payloadRoot() },
          command: ['/payload', 'echo', '7000'],
          ports: [{ containerPort: 7000, hostPort }],
        }),
      ],
    });
  const apply = (...documents: readonly unknown[]) =>
    instance.podctl(['apply', '-f', '-'], { stdin: yamlOf(...documents) });

  test('answers on localhost in both families, with podd and without, and when the table was flushed', async () => {
    const port = await freePort();
    await instance.apply(ported('served', port));
    await instance.waitForPod('served', 'is ready', isReady);
    const answers = async () => [await greeting(port), await greeting(port, '::1')];
    await waitFor('it answers', async () => (await answers()).every((answer) => answer === 'served'));
    const tables = execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' });
    const [, table = ''] = /^table inet (podctl(?:_[0-9a-f]+)?)$/m.exec(tables) ?? [];
    const list = () => execFileSync('nft', ['-a', 'list', 'table', 'inet', table], { encoding: 'utf8' });
    const rules = () => list().replace(/ # handle \d+/g, '');
    const whole = rules();
    const held = connect(port, '127.0.0.1');
    await once(held, 'data');
    execFileSync('nft', ['flush', 'table', 'inet', table]);
    await waitFor('the table is whole again', () => rules() === whole);
    await waitFor('it answers again', async () => (await greeting(port)) === 'served');
    const before = list();
    await instance.killPodd();
    expect(await answers()).toEqual(['served', 'served']);
    await instance.startPodd();
    await instance.waitForPod('served', 'is ready', isReady);
    expect(await answers()).toEqual(['served', 'served']);
    held.write('still here');
    expect(String((await once(held, 'data'))[0])).toBe('still here');
    held.destroy();
    expect(list()).toBe(before);
  });

  test('that is somebody else’s is refused with the holder’s name, at its place, in a dry run too', async () => {
    const port = await freePort();
    await instance.apply(ported('holder', port));
    for (const more of [[], ['--dry-run']]) {
      const second = await instance.podctl(['apply', ...more, '-f', '-'], { stdin: yamlOf(ported('second', port)) });
      expect(second.exitCode).not.toBe(0);
      expect(second.stderr).toContain(`TCP port ${port} of this machine belongs to pod default/holder`);
    }
    const other = await freePort();
    const both = await apply(ported('third', other), ported('fourth', other));
    expect(both.stderr).toContain(`Pod "fourth" is invalid: spec.containers[0].ports[0].hostPort`);
    await instance.podctlOk(['delete', 'pod', 'holder']);
    expect(await apply(ported('second', port))).toMatchObject({ exitCode: 0 });
  });

  test('that a process of the machine listens on is refused with its name; later it is an event', async () => {
    const server = await listenOn(0);
    const { port } = server.address() as AddressInfo;
    const refused = await apply(ported('late', port));
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain(`(pid ${process.pid}) listens on 0.0.0.0:${port}`);
    server.close();
    await once(server, 'close');
    const stopped = { ...ported('late', port), metadata: { name: 'late' } };
    await instance.apply(stopped);
    await instance.waitForPod('late', 'runs', isRunning);
    await instance.podctlOk(['stop', 'late']);
    const second = await listenOn(port);
    await instance.podctlOk(['start', 'late']);
    await waitFor('it is told', async () => {
      const { body } = await instance.api('GET', '/api/v1/namespaces/default/events');
      const { items } = body as { readonly items: readonly EventObject[] };
      return items.find(({ reason }) => reason === 'HostPortConflict')?.message.includes(`(pid ${process.pid})`);
    });
    second.close();
  });
});
