/** `podctl attach`: the output of a program that runs, its stdin, its terminal, and leaving it alone again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProgramList, ProgramObject } from '../../src/protocol/api.ts';
import { type AttachRequest, ExecFrame } from '../../src/protocol/init.ts';
import { attachSession } from '../support/attach-session.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { inRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

const aShop = {
  apiVersion: 'podctl.dev/v1',
  kind: 'Pod',
  metadata: { name: 'shop' },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'host',
        processes: [
          { name: 'repl', stdin: true, restart: 'always', command: ['sh', '-c', replScript()] },
          { name: 'console', tty: true, restart: 'always', command: ['sh', '-c', consoleScript()] },
          { name: 'plain', command: ['sleep', '1000'] },
        ],
      },
    ],
  },
};

function replScript(): string {
  return 'echo ready; while read x; do echo "got $x"; [ "$x" = quit ] && exit 3; done; echo eof; exec sleep 1000';
}

function consoleScript(): string {
  return 'trap "stty size" WINCH; while true; do read x && echo "typed $x"; done';
}

describeReal('attach', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    await instance.apply(aShop);
    await instance.waitForPod('shop', 'is ready', ({ status }) => status.containerStatuses.every(({ ready }) => ready));
  });
  afterAll(() => instance.stop());

  const attach = (request: Omit<AttachRequest, 'op'>) => attachSession(instance.socket, 'shop', 'app', request);

  const program = async (name: string): Promise<ProgramObject | undefined> => {
    const { body } = await instance.api('GET', '/apis/podctl.dev/v1/namespaces/default/programs?pod=shop');
    return (body as ProgramList).items[0]?.programs.find((each) => each.name === name);
  };

  test('input goes in, output comes out, and a restart of the program is survived', async () => {
    const session = await attach({ program: 'repl', stdin: true });
    session.write('one\n');
    await session.expect(/got one/);
    session.write('quit\n');
    await session.expect(/podctl: repl ended with code 3[\s\S]*podctl: repl started, pid \d+/);
    session.write('two\n');
    await session.expect(/got two/);
    session.leave();
    expect((await program('repl'))?.restarts).toBe(1);
  });

  test('two clients see the same, and one that leaves takes nothing away', async () => {
    const first = await attach({ program: 'repl', stdin: true });
    const second = await attach({ program: 'repl', stdin: false });
    first.write('both\n');
    await Promise.all([first.expect(/got both/), second.expect(/got both/)]);
    second.leave();
    first.write('after\n');
    await first.expect(/got after/);
    first.leave();
  });

  test('the end of input reaches the program only when asked for', async () => {
    const before = (await program('repl'))?.pid;
    const session = await attach({ program: 'repl', stdin: true });
    session.write('still\n');
    await session.expect(/got still/);
    session.leave();
    const next = await attach({ program: 'repl', stdin: true });
    next.write('there\n');
    await next.expect(/got there/);
    next.send(ExecFrame.stdinEnd);
    await next.expect(/eof/);
    next.leave();
    expect((await program('repl'))?.pid).toBe(before);
  });

  test('a terminal is typed into and takes the client’s size', async () => {
    const session = await attach({ program: 'console', stdin: true, rows: 41, columns: 97 });
    expect(session.attached()).toMatchObject({ label: 'console', tty: true, stdin: true });
    session.write('hello\r');
    await session.expect(/typed hello/);
    session.send(ExecFrame.resize, JSON.stringify({ rows: 30, columns: 90 }));
    session.write('\r');
    await session.expect(/30 90/);
    session.leave();
    expect((await program('console'))?.restarts).toBe(0);
  });

  test('Ctrl-C leaves the program alone and ends with 0', async () => {
    const pid = (await program('plain'))?.pid;
    const child = spawn(inRepository('bin/podctl'), ['attach', 'shop/app/plain'], { env: instance.env });
    let told = '';
    child.stderr.on('data', (bytes) => {
      told += bytes;
    });
    await waitFor('it is attached', () => told.includes('Attached to plain'));
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect((await program('plain'))?.pid).toBe(pid);
  });

  test.each([
    [['attach', 'shop/app/replx'], /no program replx in container app of pod shop[\s\S]*did you mean repl\?/],
    [['attach', 'shop/app'], /has several programs[\s\S]*repl, console, plain/],
    [['attach', '-i', 'shop/app/plain'], /program plain has no stdin/],
    [['attach', 'shop/ap/plain'], /container ap is not valid for pod shop, choose one of: app/],
  ])('podctl %j is refused and says what there is', async (args, message) => {
    const { exitCode, stderr } = await instance.podctl(args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
  });

  test('the session ends with the program that is removed, and with the container', async () => {
    const [repl, console] = [
      await attach({ program: 'repl', stdin: false }),
      await attach({ program: 'console', stdin: false }),
    ];
    const [container] = aShop.spec.containers;
    const processes = container?.processes.filter(({ name }) => name !== 'repl');
    await instance.apply({ ...aShop, spec: { containers: [{ ...container, processes }] } });
    await repl.exitCode();
    await instance.deletePod('shop', 0);
    await console.exitCode();
  });
});
