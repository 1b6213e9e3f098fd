/** Commands in running containers. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { openTerminal } from '../support/exec-session.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning, podPids } from '../support/pods.ts';
import { inRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

const podctlPath = inRepository('bin/podctl');

describeReal('exec', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    await instance.apply(
      aPod({ name: 'box', containers: [aContainer({ env: [{ name: 'COLOUR', value: 'green' }] })] }),
    );
    await instance.waitForPod('box', 'runs', isRunning);
  });
  afterAll(() => instance.stop());

  const exec = (...command: readonly string[]) => instance.podctl(['exec', 'box', '--', ...command]);

  test.each([
    ['success', ['true'], 0],
    ['a failure', ['sh', '-c', 'exit 7'], 7],
    ['death by a signal', ['sh', '-c', 'kill -9 $$'], 137],
    ['a command that does not exist', ['no-such-command'], 127],
    ['a path that does not exist', ['/no/such/path'], 127],
    ['a file that is not executable', ['/etc/hostname'], 126],
    ['a directory', ['/usr'], 126],
  ] as const)('%s gives its exit code', async (_what, command, code) => {
    expect((await exec(...command)).exitCode).toBe(code);
  });

  test('a pod or container that does not exist is told apart from the command’s own codes', async () => {
    const pod = await instance.podctl(['exec', 'nobody', '--', 'true']);
    expect(pod.exitCode).toBeOneOf([1, 125]);
    expect(pod.stderr).toMatch(/not found/i);
    const container = await instance.podctl(['exec', 'box', '-c', 'nope', '--', 'true']);
    expect(container.exitCode).toBeOneOf([1, 125]);
    expect(container.stderr).toContain('main');
  });

  test('stdout and stderr stay apart, stdin arrives, the environment is the container’s', async () => {
    const apart = await exec('sh', '-c', 'echo out; echo err >&2');
    expect([apart.stdout, apart.stderr]).toEqual(['out', 'err']);
    const piped = await instance.podctl(['exec', '-i', 'box', '--', 'cat'], { stdin: 'a\nb\n' });
    expect(piped.stdout).toBe('a\nb');
    expect((await exec('sh', '-c', 'echo $COLOUR $HOSTNAME')).stdout).toBe('green box');
  });

  test('a megabyte passes both ways unharmed', async () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${'z'.repeat(40)}`).join('\n');
    const { stdout } = await instance.podctl(['exec', '-i', 'box', '--', 'cat'], { stdin: text });
    expect(stdout).toBe(text);
  });

  test('an exec session runs in the container’s cgroup and leaves nothing', async () => {
    const pod = await instance.waitForPod('box', 'runs', isRunning);
    const before = podPids(pod).length;
    await Promise.all(Array.from({ length: 20 }, () => exec('sh', '-c', 'sleep 0.1 & true')));
    await waitFor('exec sessions are gone', () => podPids(pod).length === before);
  });

  test('a session whose client is killed ends', async () => {
    const pod = await instance.waitForPod('box', 'runs', isRunning);
    const before = podPids(pod).length;
    const env = instance.env as NodeJS.ProcessEnv;
    const client = spawn(podctlPath, ['exec', '-i', 'box', '--', 'cat'], { env, stdio: ['pipe', 'ignore', 'inherit'] });
    await waitFor('the session runs', () => podPids(pod).length > before);
    client.kill('SIGKILL');
    await waitFor('the session ended', () => podPids(pod).length === before);
  });

  test('-t gives a real terminal: a controlling tty of the size of ours, and Ctrl-C reaches the program', async () => {
    const shown = await inTerminal(
      ['exec', '-it', 'box', '--', 'sh', '-c', 'tty; stty size; test -t 0 && echo terminal'],
      'rows 33 columns 101',
    );
    expect(shown).toMatch(/\/dev\/(pts\/\d+|console)/);
    expect(shown).toContain('33 101');
    expect(shown).toContain('terminal');
  });

  test('a terminal is resized, passes Ctrl-C as SIGINT, and gives the exit code', async () => {
    const script = 'trap "echo interrupted; exit 5" INT; stty size; echo ready; while :; do sleep 0.05; done';
    const terminal = await openTerminal(instance.socket, 'box', 'main', ['bash', '-c', script]);
    await terminal.expect(/24 80\r\nready/);
    terminal.write('\x03');
    await terminal.expect(/interrupted/);
    expect(await terminal.exitCode()).toBe(5);
  });

  test('a resize reaches the program as SIGWINCH', async () => {
    const script = 'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.05; done';
    const terminal = await openTerminal(instance.socket, 'box', 'main', ['bash', '-c', script]);
    await terminal.expect(/ready/);
    terminal.resize(50, 132);
    await terminal.expect(/50 132/);
    expect(await terminal.exitCode()).toBe(0);
  });

  /** script(1) gives podctl a terminal of its own; its typescript is the output. */
  const inTerminal = (args: readonly string[], stty: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const command = `stty ${stty}; exec '${podctlPath}' ${args.map((arg) => `'${arg}'`).join(' ')}`;
      const env = instance.env as NodeJS.ProcessEnv;
      const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      const chunks: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.on('error', reject);
      child.on('exit', () => resolve(Buffer.concat(chunks).toString()));
    });
});
