/** `podctl port-forward`: to what listens in a pod's network, whatever that is, with ends and pressure as of one connection. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { freePort } from '../support/free-port.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { containerOf, initPid, isReady } from '../support/pods.ts';
import { converse, type Forward, startForward } from '../support/port-forward.ts';
import { waitFor } from '../support/wait-for.ts';

/** One TCP server per line, each with an end of its own. */
const serverScript = `
const { createServer } = require('node:net');
const serve = (port, host, onConnection) =>
  createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  }).listen(port, host);
// answers when all was said
serve(8080, '127.0.0.1', (socket) => {
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('end', () => socket.end(Buffer.concat(chunks)));
});
serve(8081, '::1', (socket) => socket.end('six'));
// ends first, and hears what still comes
serve(8082, '127.0.0.1', (socket) => {
  let heard = '';
  socket.on('data', (chunk) => { heard += chunk; });
  socket.on('end', () => console.log('heard ' + heard));
  socket.end('first');
});
// as much as is taken
serve(8083, '127.0.0.1', (socket) => {
  const block = Buffer.alloc(1 << 16);
  const more = () => { while (socket.writable && socket.write(block)); };
  socket.on('drain', more);
  socket.resume();
  more();
});
serve(8084, '127.0.0.1', (socket) => socket.end(process.env.WHO));
`;

/** Ready when it listens. */
const aServer = (name: string, port: number, script: string) => ({
  name,
  image: 'host',
  processes: [
    {
      name: 'server',
      restart: 'always',
      command: ['node', '-e', script],
      env: [{ name: 'WHO', value: name }],
      readiness: { tcpSocket: { host: '127.0.0.1', port }, periodSeconds: 1 },
    },
  ],
});
const aBox = (name: string, ...containers: readonly unknown[]) => ({
  apiVersion: 'podctl.dev/v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers },
});

describeReal('port-forward', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    const main = { ...aServer('main', 8084, serverScript), ports: [{ containerPort: 8080, name: 'echo' }] };
    const own = { ...aServer('own', 8084, serverScript), namespaces: { net: 'private' } };
    await instance.apply(aBox('box', main, own));
    await instance.waitForPod('box', 'is ready', isReady);
  });
  afterAll(() => instance.stop());

  const podd = async (): Promise<number> => (await instance.system()).pid;

  /** Runs a forward for one test. */
  async function during<T>(args: readonly string[], act: (forward: Forward) => Promise<T>): Promise<T> {
    const forward = startForward(instance, ...args);
    try {
      return await act(forward);
    } finally {
      forward.signal('SIGINT');
      await forward.exitCode();
    }
  }

  test('reaches what listens on localhost, IPv4 and IPv6, by number and name, and says what it does as kubectl', async () => {
    await during(['box', ':echo', ':8081'], async (forward) => {
      const port = await forward.local(8080);
      expect(String(await converse(port, 'hello'))).toBe('hello');
      expect(String(await converse(await forward.local(8081), ''))).toBe('six');
      expect(forward.output()).toContain(`Forwarding from 127.0.0.1:${port} -> 8080\n`);
      expect(forward.output()).toContain(`Handling connection for ${port}\n`);
    });
  });

  test('ends of streams go through one by one, from either side', async () => {
    await during(['box', ':8080', ':8082'], async (forward) => {
      // the server answers only to the end of what is said
      expect(String(await converse(await forward.local(8080), 'all of it'))).toBe('all of it');
      const socket = connect({ host: '127.0.0.1', port: await forward.local(8082), allowHalfOpen: true });
      const chunks: string[] = [];
      socket.on('data', (chunk) => chunks.push(String(chunk)));
      await once(socket, 'end');
      expect(chunks.join('')).toBe('first');
      socket.end('and last');
      await waitFor('the server heard the rest', async () => (await instance.logs('box')).includes('heard and last'));
    });
  });

  test('twenty megabytes pass both ways unharmed', async () => {
    const bytes = randomBytes(20 << 20);
    const digest = (of: Buffer): string => createHash('sha256').update(of).digest('hex');
    await during(['box', ':8080'], async (forward) => {
      expect(digest(await converse(await forward.local(8080), bytes))).toBe(digest(bytes));
    });
  });

  test('a client that does not read holds the server up, and nothing piles up in podd', async () => {
    const pid = await podd();
    const residentKiB = (): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    await during(['box', ':8083'], async (forward) => {
      const socket = connect({ host: '127.0.0.1', port: await forward.local(8083) });
      await once(socket, 'connect');
      const before = residentKiB();
      let last = -1;
      await waitFor('the server is held up', async () => {
        const { output } = await instance.exec('box', [
          'sh',
          '-c',
          'cat /proc/net/tcp | grep -c " 01 "; grep wchar /proc/1/io; cat /proc/[0-9]*/io | grep wchar',
        ]);
        const written = [...output.matchAll(/wchar: (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
        const isSame = written - last < 1 << 16;
        last = written;
        return isSame;
      });
      expect(residentKiB() - before).toBeLessThan(32 << 10);
      socket.destroy();
    });
  });

  test('a refused connection is told and reset, and the forward goes on', async () => {
    await during(['box', ':9', ':8080'], async (forward) => {
      const port = await forward.local(9);
      await expect(converse(port, 'x')).rejects.toMatchObject({ code: 'ECONNRESET' });
      await waitFor('it is told', () =>
        forward
          .output()
          .includes(`an error occurred forwarding ${port} -> 9: 127.0.0.1:9 in pod box: connection refused`),
      );
      expect(String(await converse(await forward.local(8080), 'still there'))).toBe('still there');
    });
  });

  test('a container with a network of its own is reached by its name', async () => {
    await during(['box', ':8084'], async (forward) => {
      expect(String(await converse(await forward.local(8084), ''))).toBe('main');
    });
    await during(['box', ':8084', '-c', 'own'], async (forward) => {
      expect(String(await converse(await forward.local(8084), ''))).toBe('own');
    });
  });

  test('a pod in the host’s network is reached too', async () => {
    const port = await freePort();
    const script = `require('node:net').createServer((s) => s.end('host')).listen(${port}, '127.0.0.1')`;
    const wide = aBox('wide', aServer('main', port, script));
    await instance.apply({ ...wide, spec: { ...wide.spec, hostNetwork: true } });
    await instance.waitForPod('wide', 'is ready', isReady);
    await during(['wide', `:${port}`], async (forward) => {
      expect(String(await converse(await forward.local(port), ''))).toBe('host');
    });
    await instance.deletePod('wide', 0);
  });

  test('a pod without any network is reached, and a Service by one of its pods', async () => {
    const bare = aBox('bare', {
      ...aServer('bare', 8084, serverScript),
      ports: [{ containerPort: 8084, name: 'who' }],
    });
    await instance.apply(
      { ...bare, metadata: { name: 'bare', labels: { app: 'bare' } }, spec: { ...bare.spec, network: 'none' } },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'shop' },
        spec: { selector: { app: 'bare' }, ports: [{ port: 80, targetPort: 'who' }] },
      },
    );
    await during(['service/shop', ':80'], async (forward) => {
      expect(String(await converse(await forward.local(8084), ''))).toBe('bare');
    });
    const { exitCode, stderr } = await instance.podctl(['port-forward', 'svc/shop', ':81']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('service shop has no port 81')]);
    await instance.podctlOk(['delete', 'service/shop']);
    await instance.deletePod('bare', 0);
  });

  test('a restart of the container and the death of podd are survived, connection by connection', async () => {
    await during(['box', ':8080'], async (forward) => {
      const port = await forward.local(8080);
      const pod = await instance.waitForPod('box', 'is ready', isReady);
      process.kill(initPid(pod), 'SIGKILL');
      await instance.waitForPod('box', 'is ready again', (now) => containerOf(now).restartCount === 1 && isReady(now));
      expect(String(await converse(port, 'again'))).toBe('again');
      // the next request starts another one
      await instance.killPodd();
      expect(String(await converse(port, 'and again'))).toBe('and again');
    });
  });

  test('thousands of connections, refused and abandoned ones too, leave no descriptor in podd', async () => {
    const fds = async (): Promise<number> => readdirSync(`/proc/${await podd()}/fd`).length;
    await rawForward(instance.socket, 8084).then(readAll);
    const before = await fds();
    for (let round = 0; round < 50; round += 1) {
      await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const opened = await rawForward(instance.socket, index % 4 === 0 ? 9 : 8084);
          if (opened === undefined || index % 4 === 1) opened?.destroy();
          else expect(await readAll(opened)).toBe('main');
        }),
      );
    }
    await waitFor('podd holds no more than before', async () => (await fds()) <= before);
  });

  test('Ctrl-C ends it well; the end of the pod is told and ends it with 1', async () => {
    const left = startForward(instance, 'box', ':8080');
    await left.local(8080);
    left.signal('SIGINT');
    expect(await left.exitCode()).toBe(0);
    await instance.apply(aBox('brief', aServer('main', 8084, serverScript)));
    const lost = startForward(instance, 'brief', ':8080');
    await lost.local(8080);
    await instance.deletePod('brief', 0);
    expect(await lost.exitCode()).toBe(1);
    expect(lost.output()).toContain('lost connection to pod: brief ');
  });

  test('what cannot be is refused before anything listens', async () => {
    const port = await freePort();
    const cases: readonly (readonly [string, number, string])[] = [
      ['box 0', 2, 'a port is between 1 and 65535, not 0'],
      ['box 70000', 2, 'a port is between 1 and 65535, not 70000'],
      ['box 53/udp', 2, 'only TCP can be forwarded'],
      ['nobody 80', 1, 'pods "nobody" not found'],
      [`box ${port}:ecko`, 1, 'no port named "ecko" (did you mean echo?)'],
      ['box :8080 -c nope', 1, 'pod box has no container "nope"'],
      ['box :8080 --address example.com', 2, 'write localhost or IP addresses'],
    ];
    for (const [words, code, message] of cases) {
      const { exitCode, stderr } = await instance.podctl(['port-forward', ...words.split(' ')]);
      expect([words, exitCode, stderr]).toEqual([words, code, expect.stringContaining(message)]);
    }
    await during(['box', `${port}:8080`], async (forward) => {
      await forward.local(8080);
      const { exitCode, stderr } = await instance.podctl(['port-forward', 'box', `${port}:8080`]);
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`127.0.0.1:${port} is in use on this machine`)]);
    });
  });

  test('a pod that never runs ends the wait in time', async () => {
    const waiting = { envFrom: [{ configMapRef: { name: 'missing' } }] };
    await instance.apply(aBox('never', { ...aServer('main', 8084, serverScript), ...waiting }));
    const { exitCode, stderr } = await instance.podctl([
      'port-forward',
      'never',
      '80',
      '--pod-running-timeout',
      '500ms',
    ]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('pod never did not run within 500ms')]);
    await instance.deletePod('never', 0);
  });
});

/** One connection over the API as it is; undefined when it was refused. */
function rawForward(socketPath: string, port: number): Promise<Socket | undefined> {
  const path = `/api/v1/namespaces/default/pods/box/portforward?port=${port}`;
  const headers = { connection: 'Upgrade', upgrade: 'podctl-portforward' };
  return new Promise((resolve, reject) => {
    request({ socketPath, method: 'POST', path, headers, agent: false })
      .on('upgrade', (_response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket as Socket);
      })
      .on('response', (response) => response.resume().on('end', () => resolve(undefined)))
      .on('error', reject)
      .end();
  });
}

async function readAll(socket: Socket | undefined): Promise<string> {
  let text = '';
  for await (const chunk of socket ?? []) text += chunk;
  return text;
}
