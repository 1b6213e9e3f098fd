/** Services: what they are given and keep, and that packets find the pods behind them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EndpointsObject, ServiceObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram, yamlOf } from '../support/manifest.ts';
import { isReady } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const aService = (name: string, spec: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
});

/** Says its name to whoever connects; ready as long as there is no /tmp/unready. */
const serverScript = `
require('node:net').createServer((socket) => {
  socket.on('error', () => undefined);
  socket.end(process.env.WHO);
}).listen(Number(process.env.PORT));
`;

const aServer = (name: string, port = 8080, app = 'web') =>
  aPod({
    name,
    labels: { app },
    containers: [
      aContainer({
        ports: [{ name: 'http', containerPort: port }],
        processes: [
          aProgram('server', {
            command: ['node', '-e', serverScript],
            env: { WHO: name, PORT: String(port) },
            readiness: {
              exec: { command: ['sh', '-c', 'test ! -e /tmp/unready'] },
              periodSeconds: 0.2,
              failureThreshold: 1,
            },
          }),
        ],
      }),
    ],
  });

/** Says its name, then what it hears; when it is to end it waits for /tmp/go. */
const anEcho = (name: string) =>
  aPod({
    name,
    labels: { app: 'echo' },
    terminationGracePeriodSeconds: 600,
    containers: [
      aContainer({
        command: ['node', '-e', echoScript],
        env: [{ name: 'WHO', value: name }],
        ports: [{ name: 'http', containerPort: 8080 }],
        readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 1 },
        lifecycle: { preStop: { exec: { command: ['sh', '-c', 'until [ -e /tmp/go ]; do sleep 0.1; done'] } } },
      }),
    ],
  });
const echoScript = `
process.on('SIGTERM', () => process.exit(0));
require('node:net').createServer((socket) => {
  socket.on('error', () => undefined);
  socket.write(process.env.WHO);
  socket.pipe(socket);
}).listen(8080);
`;

describeReal('Services', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const apply = (...documents: readonly unknown[]) =>
    instance.podctl(['apply', '-f', '-'], { stdin: yamlOf(...documents) });
  const find = async (name: string): Promise<ServiceObject> =>
    (await instance.api('GET', `/api/v1/namespaces/default/services/${name}`)).body as ServiceObject;
  const remove = (name: string) => instance.podctlOk(['delete', 'service', name]);

  test('get an address and a port of the machine, and keep them over applies and the end of podd', async () => {
    const manifest = aService('kept', { type: 'NodePort' });
    expect(await apply(manifest)).toMatchObject({ exitCode: 0, stdout: 'service/kept created' });
    const { spec, metadata } = await find('kept');
    const [range = ''] = (await instance.system()).network?.serviceRanges ?? [];
    expect(spec.clusterIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(range.split('.').slice(0, 2)).toEqual(spec.clusterIP?.split('.').slice(0, 2));
    expect(spec.ports?.[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
    await instance.restartPodd();
    expect(await find('kept')).toMatchObject({ spec, metadata: { uid: metadata.uid } });
    expect((await apply(manifest)).stdout).toBe('service/kept unchanged');
    expect(await instance.podctlOk(['get', 'svc', 'kept', '-o', 'jsonpath={.spec.clusterIP}'])).toBe(spec.clusterIP);
    await remove('kept');
    expect((await apply(aService('heir', { clusterIP: spec.clusterIP }))).exitCode).toBe(0);
    await remove('heir');
  });

  test('are told what is wrong, at its place', async () => {
    const long = await apply(aService('a'.repeat(300)));
    expect(long).toMatchObject({ exitCode: 2 });
    expect(long.stderr).toMatch(/^-:4:9: metadata\.name: Invalid value: "a+…: must be no more than 63 characters/);
    await apply(aService('first', { clusterIP: undefined }));
    const { clusterIP } = (await find('first')).spec;
    const second = await apply(aService('second', { clusterIP }));
    expect(second.exitCode).not.toBe(0);
    expect(second.stderr).toContain(
      `spec.clusterIP: Invalid value: "${clusterIP}": is in use by service default/first`,
    );
    await remove('first');
  });

  test('are told when they select nobody, and which pod comes near', async () => {
    await instance.apply(aPod({ name: 'near', labels: { app: 'wbe' } }));
    const { stderr, exitCode } = await apply(aService('web'));
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      'spec.selector: selects no pod, connections are refused: namespace default has none with app=web (pod near has app=wbe)',
    );
    await instance.deletePod('near', 0);
    await remove('web');
  });

  describeReal('packets', () => {
    let clusterIP = '';
    beforeAll(async () => {
      await instance.apply(aService('web'), aServer('web-1'), aServer('web-2', 8081), aServer('web-3'));
      for (const name of ['web-1', 'web-2', 'web-3']) await instance.waitForPod(name, 'is ready', isReady);
      clusterIP = (await find('web')).spec.clusterIP ?? '';
    });

    /** Who answers at the Service's address; `refused` when nobody does. */
    const ask = async (host = clusterIP, port = 80): Promise<string> => {
      const socket = connect({ host, port, timeout: 5_000 });
      let heard = '';
      socket.on('data', (chunk) => {
        heard += String(chunk);
      });
      socket.on('timeout', () => socket.destroy(new Error('timed out')));
      const ended = await once(socket, 'close').then(
        () => heard,
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      );
      return ended === 'ECONNREFUSED' ? 'refused' : ended;
    };
    const answers = async (count = 12): Promise<readonly string[]> => {
      const heard: string[] = [];
      for (let turn = 0; turn < count; turn++) heard.push(await ask());
      return [...new Set(heard)].sort();
    };
    const settlesTo = (...names: readonly string[]) =>
      waitFor(`${names} answer`, async () => JSON.stringify(await answers()) === JSON.stringify(names));

    test('reach every ready pod in turn, at the port that its name has there', async () => {
      await settlesTo('web-1', 'web-2', 'web-3');
      const { subsets } = (await instance.api('GET', '/api/v1/namespaces/default/endpoints/web'))
        .body as EndpointsObject;
      expect(subsets.map(({ ports, addresses }) => [ports?.[0]?.port, addresses?.length])).toEqual([
        [8080, 2],
        [8081, 1],
      ]);
    });

    test('find it from its own pods too, by its name and by its address', async () => {
      const script = (host: string): string =>
        `require('node:net').connect(80, '${host}').on('data', (said) => console.log(String(said)))`;
      for (const host of ['web', 'web.default.svc.cluster.local', clusterIP]) {
        const turns = Array.from({ length: 4 }, () => instance.exec('web-1', ['node', '-e', script(host)]));
        const heard = (await Promise.all(turns)).map(({ output }) => output);
        expect(heard.filter((said) => !/^web-[123]$/.test(said))).toEqual([]);
      }
    });

    test('find a NodePort on the machine’s addresses, and both families where it has them', async () => {
      await instance.apply(aService('web', { type: 'NodePort', ipFamilyPolicy: 'PreferDualStack' }));
      const { spec } = await find('web');
      const nodePort = spec.ports?.[0]?.nodePort ?? 0;
      const { hostIP = '' } = (await instance.getPod('web-1'))?.status ?? {};
      const addresses = ['127.0.0.1', ...(hostIP === '' ? [] : [hostIP])];
      expect(spec.clusterIP).toBe(clusterIP);
      for (const address of addresses)
        await waitFor(`${address}:${nodePort} answers`, async () => /^web-[123]$/.test(await ask(address, nodePort)));
      for (const address of spec.clusterIPs ?? []) expect(await ask(address)).toMatch(/^web-[123]$/);
      await instance.apply(aService('web'));
      await waitFor('the port is closed', async () => (await ask('127.0.0.1', nodePort)) === 'refused');
      expect((await find('web')).spec).toMatchObject({ clusterIP, clusterIPs: [clusterIP] });
    });

    test('leave out a pod that is not ready, until it is', async () => {
      await instance.exec('web-2', ['/usr/bin/touch', '/tmp/unready']);
      await settlesTo('web-1', 'web-3');
      expect(await instance.podctlOk(['describe', 'service', 'web'])).toMatch(
        /Not Ready:\n {2}web-2: container main: running, not ready/,
      );
      await instance.exec('web-2', ['/usr/bin/rm', '/tmp/unready']);
      await settlesTo('web-1', 'web-2', 'web-3');
    });

    test('find pods that are applied, and no longer those that are deleted', async () => {
      await instance.apply(aServer('web-4'));
      await settlesTo('web-1', 'web-2', 'web-3', 'web-4');
      await instance.deletePod('web-4', 0);
      await settlesTo('web-1', 'web-2', 'web-3');
    });

    test('leave open connections alone when a pod leaves: its own until it ends, those of others for good', async () => {
      await instance.apply(aService('echo'), anEcho('echo-1'), anEcho('echo-2'));
      for (const name of ['echo-1', 'echo-2']) await instance.waitForPod(name, 'is ready', isReady);
      const address = (await find('echo')).spec.clusterIP ?? '';
      const open = new Map<string, Socket>();
      const heard = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]);
      const openOne = async (): Promise<string> => {
        const socket = connect({ host: address, port: 80 });
        socket.on('error', () => undefined);
        // refused as long as packets are not told of them
        const who = await heard(socket).catch(() => 'nobody');
        if (who === 'nobody' || open.has(who)) socket.destroy();
        else open.set(who, socket);
        return who;
      };
      const echo = async (name: string, word: string): Promise<string> => {
        const socket = open.get(name) as Socket;
        socket.write(word);
        return heard(socket);
      };
      const addresses = async () =>
        (
          (await instance.api('GET', '/api/v1/namespaces/default/endpoints/echo')).body as EndpointsObject
        ).subsets.flatMap((subset) => subset.addresses?.map(({ targetRef }) => targetRef?.name) ?? []);
      await waitFor('both answer', async () => (await openOne()) && open.size === 2);
      expect([...(await addresses())].sort()).toEqual(['echo-1', 'echo-2']);
      await instance.podctlOk(['delete', 'pod', 'echo-2', '--wait=false']);
      await waitFor('it is no endpoint any more', async () => (await addresses()).join() === 'echo-1');
      await waitFor('only the other answers', async () => {
        const answered: string[] = [];
        while (answered.length < 12) answered.push(await openOne());
        return answered.every((who) => who === 'echo-1');
      });
      expect(await echo('echo-2', 'still here')).toBe('still here');
      const ended = once(open.get('echo-2') as Socket, 'close');
      await instance.exec('echo-2', ['/usr/bin/touch', '/tmp/go']);
      await instance.waitUntilDeleted('echo-2');
      await ended;
      expect(await echo('echo-1', 'for good')).toBe('for good');
      open.get('echo-1')?.destroy();
      await instance.deletePod('echo-1', 0);
      await remove('echo');
    });

    test('go on while podd is dead, and find the same pods with the next', async () => {
      await instance.killPodd();
      expect(await answers()).toEqual(['web-1', 'web-2', 'web-3']);
      await instance.startPodd();
      expect(await answers()).toEqual(['web-1', 'web-2', 'web-3']);
    });

    test('follow another selector, are refused when it finds nobody, and end with the Service', async () => {
      await instance.apply(aServer('api-1', 8080, 'api'));
      await instance.waitForPod('api-1', 'is ready', isReady);
      await instance.apply(aService('web', { selector: { app: 'api' } }));
      await settlesTo('api-1');
      await instance.apply(aService('web', { selector: { app: 'nobody' } }));
      await settlesTo('refused');
      await remove('web');
      expect(await instance.podctlOk(['get', 'services'])).toBe('');
    });
  });
});

describeReal('a small range of Services', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance({ env: { PODCTL_SERVICE_CIDR: '10.213.7.0/30', PODCTL_POD_CIDR: '10.213.8.0/24' } });
  });
  afterAll(() => instance.stop());

  test('that is exhausted says who has its addresses', async () => {
    const first = await instance.podctl(['apply', '-f', '-'], { stdin: yamlOf(aService('a')) });
    expect(first).toMatchObject({ exitCode: 0 });
    const second = await instance.podctl(['apply', '-f', '-'], { stdin: yamlOf(aService('b')) });
    expect(second.exitCode).not.toBe(0);
    expect(second.stderr).toContain(
      'no free address in 10.213.7.0/30: 2 of 2 in use, by podd’s resolver, service default/a',
    );
    expect(await instance.podctlOk(['get', 'svc', '-o', 'name'])).toBe('service/a');
  });
});
