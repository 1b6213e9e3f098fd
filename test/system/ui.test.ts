/** `podctl ui` as a person sees and uses it, in tmux. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProgramList, ProgramObject } from '../../src/protocol/api.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { inRepository } from '../support/repository.ts';
import { startTmux, type TmuxScreen, tellNoTmux, whyNoTmux } from '../support/tmux.ts';
import { waitFor } from '../support/wait-for.ts';

tellNoTmux();

const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script];
const counting = (name: string): readonly string[] =>
  sh(`i=0; while :; do i=$((i+1)); echo "${name} $i"; sleep 0.2; done`);

const shop = aPod({
  name: 'shop',
  containers: [
    aContainer({
      name: 'app',
      processes: [
        aProgram('ticker', { command: counting('tick') }),
        aProgram('hard', {
          command: sh('echo "\\033[2J\\033[Hwild \\033[31mred\\033[0m 日本語 $(printf %0200d 7)"; exec sleep 1000'),
        }),
      ],
    }),
    aContainer({ name: 'side', command: counting('side') }),
  ],
});
const web = aPod({
  name: 'web',
  namespace: 'prod',
  containers: [aContainer({ command: sh('echo hello from web; exec sleep 1000') })],
});

describe.skipIf(whyNoRealKernel() !== undefined || whyNoTmux() !== undefined)('podctl ui', () => {
  let instance: Instance;
  let screen: TmuxScreen;

  /** The view between two looks at the terminal's modes, in a shell that goes on. */
  const start = (args = '', env: Readonly<Record<string, string>> = {}): TmuxScreen => {
    const [before, after] = ['before', 'after'].map((name) => join(instance.base, name));
    const script = `echo all was well; stty -g >${before}; ${inRepository('bin/podctl')} ui ${args}; code=$?; stty -g >${after}; echo "code $code"; exec cat`;
    // CI: Ink by itself draws nothing there.
    return startTmux(script, { ...instance.env, LANG: 'C.UTF-8', CI: '1', ...env });
  };
  const program = async (label: string): Promise<ProgramObject | undefined> => {
    const { body } = await instance.api('GET', '/apis/podctl.dev/v1/programs');
    return (body as ProgramList).items.flatMap(({ programs }) => programs).find((one) => one.label === label);
  };
  const expectRestored = async (shown: TmuxScreen, code: number): Promise<void> => {
    const text = await shown.expect(`code ${code}`);
    expect(text).toContain('all was well');
    expect(text).not.toContain('podctl  ');
    expect(shown.ask('#{alternate_on} #{cursor_flag} #{wrap_flag}')).toBe('0 1 1');
    const [before, after] = ['before', 'after'].map((name) => readFileSync(join(instance.base, name), 'utf8'));
    expect(after).toBe(before);
  };

  beforeAll(async () => {
    instance = await startInstance();
    await instance.apply(shop, web);
    await instance.waitForPod('shop', 'is ready', ({ status }) => status.containerStatuses.every(({ ready }) => ready));
    screen = start();
  });
  afterAll(async () => {
    screen.end();
    await instance.stop();
  });

  test('shows the tree, and the log of the selected row as it grows', async () => {
    const text = await screen.expect(/side +RUNNING/);
    expect(text).toMatch(/^podctl .* 2 pods, 2 running/);
    expect(text).toMatch(/\n {3}▾ app +running +2\/2/);
    expect(text).toMatch(/\n {7}ticker +RUNNING +yes/);
    expect(text).toMatch(/\n ▾ prod\/web +Running/);
    expect(screen.ask('#{alternate_on}')).toBe('1');
    screen.press('j', 'j');
    await screen.expect(/^> {6}ticker/m);
    const [, first] =
      /── logs shop\/app\/ticker {2}following[\s\S]*\ntick (\d+)\n\n/.exec(
        await screen.expect(/following[\s\S]*\ntick \d+\n\n/),
      ) ?? [];
    await screen.expect(`tick ${Number(first) + 3}`);
    expect(screen.capture()).not.toMatch(/side \d/);
  });

  test('measures CPU and memory', async () => {
    await screen.expect(/ticker +RUNNING +yes +0 +\S+ +\d+\.\d% [█░]+ +[\d.]+[KM]i [█░]+/);
  });

  test('a log that would move the cursor or is too long stays in its place', async () => {
    screen.press('j');
    const text = await screen.expect('wild red 日本語 00000');
    expect(text).toMatch(/^podctl /);
    expect(text.split('\n').find((line) => line.startsWith('wild'))?.length).toBeLessThan(81);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^\? help/);
    screen.press('k');
  });

  test('restarts the selected program and no other', async () => {
    const [ticker, hard] = [await program('ticker'), await program('hard')];
    screen.press('r');
    await screen.expect('restarting pod/shop/app/ticker');
    await screen.expect(/ticker +RUNNING +yes +1 /);
    expect((await program('ticker'))?.hostPid).not.toBe(ticker?.hostPid);
    expect((await program('hard'))?.hostPid).toBe(hard?.hostPid);
  });

  test('stops only when told so twice, and starts again', async () => {
    screen.press('s');
    await screen.expect('stop pod/shop/app/ticker? [y/n]');
    screen.press('n');
    await screen.expectNot('[y/n]');
    expect((await program('ticker'))?.state).toBe('RUNNING');
    screen.press('s');
    await screen.expect('[y/n]');
    screen.press('y');
    await screen.expect(/ticker +STOPPED/);
    screen.press('s');
    await screen.expect(/ticker +RUNNING/);
  });

  test('what podd refuses is said and does no harm', async () => {
    screen.press('l');
    await screen.expect(/Error from server/);
    screen.press('Down');
    await screen.expectNot('Error from server');
    screen.press('Up');
  });

  test('describes, explains and tells the events of what is selected', async () => {
    screen.press('d');
    expect(await screen.expect('── describe pod/shop')).toMatch(/Name: +shop/);
    screen.press('G');
    await screen.expect(/Events:|ProgramRestarted/);
    screen.press('Escape');
    await screen.expectNot('── describe');
    screen.press('y');
    await screen.expect(/shop\/app\/ticker is RUNNING and ready[\s\S]*restarted by request/);
    screen.press('q');
    screen.press('e');
    await screen.expect(/LAST SEEN[\s\S]*ProgramRestarted/);
    screen.press('q');
    screen.press('?');
    await screen.expect('The selected pod, container or program');
    screen.press('q');
    await screen.expect(/^NAME/m);
  });

  test('filters, folds, and shows a namespace alone', async () => {
    screen.press('/', 'w', 'e', 'b');
    expect(await screen.expectNot('ticker')).toContain('filter: web');
    screen.press('Escape');
    await screen.expect(/> .*prod\/web|ticker/);
    screen.press('g', 'Left');
    expect(await screen.expect('▸ shop')).not.toContain('ticker');
    screen.press('Right');
    await screen.expect('ticker');
    screen.press('n', 'n');
    expect(await screen.expectNot('ticker')).toMatch(/namespace prod/);
    screen.press('n');
    await screen.expect('ticker');
  });

  test('a log has the whole screen, scrolls back and follows again', async () => {
    screen.press('g', 'j', 'j', 'Enter');
    await screen.expect(/^podctl.*\n── logs shop\/app\/ticker {2}following/);
    // More than a screen of them: else there is nothing to scroll.
    await screen.expect(/\ntick [3-9]\d\n/);
    screen.press('PageUp');
    const [shown] = /\ntick \d+\n/.exec(await screen.expect(/lines? below, f follows/)) ?? [];
    await screen.expect(/[1-9]\d lines below/);
    expect(screen.capture()).toContain(shown);
    screen.press('f');
    await screen.expect('following');
    screen.press('Escape');
    await screen.expect(/^NAME/m);
  });

  test('opens a shell in the container and comes back', async () => {
    screen.press('x');
    await screen.expect(/pod\/shop\/app: exit or Ctrl-D leads back\n.*[#$]/);
    screen.press('echo in-$((40+2)); cat /proc/1/comm; stty size', 'Enter');
    await screen.expect(/in-42\n.*\n24 80/);
    screen.press('exit', 'Enter');
    await screen.expect(/ticker +RUNNING/);
    screen.press('j');
    await screen.expect(/^> {6}hard/m);
  });

  test.each([
    [120, 40],
    [60, 16],
    [160, 30],
    [80, 24],
  ])('uses a terminal of %i×%i', async (columns, rows) => {
    screen.resize(columns, rows);
    const isWhole = (text: string): boolean => {
      const lines = text.replace(/\n$/, '').split('\n');
      return lines.length === rows && /^podctl .*pods/.test(lines[0] ?? '') && /^\? help/.test(lines.at(-1) ?? '');
    };
    const text = await waitFor(`the view fills ${columns}×${rows}`, () => [screen.capture()].find(isWhole));
    expect(text).toMatch(/ticker +RUNNING/);
  });

  test('says what it needs where there is too little room', async () => {
    screen.resize(50, 12);
    await screen.expect('60x16 needed, 50x12 here');
    screen.resize(80, 24);
    await screen.expect(/ticker +RUNNING/);
  });

  test('outlives podd, says so, starts none by itself, and goes on with the next one', async () => {
    await instance.killPodd();
    await screen.expect('podd does not answer, reconnecting');
    expect(await instance.isHealthy()).toBe(false);
    await instance.startPodd();
    await screen.expectNot('podd does not answer');
    screen.press('g', 'j', 'j');
    const [, last] = /\ntick (\d+)\n\n/.exec(await screen.expect(/logs shop\/app\/ticker[\s\S]*\ntick \d+\n\n/)) ?? [];
    await screen.expect(`tick ${Number(last) + 2}`);
  });

  test('quitting gives the terminal back as it was, and stops nothing', async () => {
    screen.press('q');
    await expectRestored(screen, 0);
    expect((await program('ticker'))?.state).toBe('RUNNING');
    screen.end();
    screen = start('shop -n default');
    await screen.expect(/ticker +RUNNING/);
    expect(screen.capture()).not.toContain('prod/web');
    screen.press('C-c');
    await expectRestored(screen, 0);
  });

  test.each([
    ['TERM', 143],
    ['HUP', 129],
    ['INT', 130],
  ])('SIG%s ends it the same way, with code %i', async (signal, code) => {
    screen.end();
    screen = start();
    await screen.expect(/ticker +RUNNING/);
    process.kill(screen.childPid(), `SIG${signal}`);
    await expectRestored(screen, code);
  });

  test('so does a signal while a shell is open, which ends with it', async () => {
    screen.end();
    screen = start('shop');
    await screen.expect(/ticker +RUNNING/);
    screen.press('x');
    await screen.expect(/leads back\n.*[#$]/);
    screen.press('echo shell is $((40+2))', 'Enter');
    await screen.expect('shell is 42');
    process.kill(screen.childPid(), 'SIGTERM');
    await expectRestored(screen, 143);
  });

  test('stopped and continued, it takes each key once', async () => {
    screen.end();
    screen = start('shop');
    await screen.expect(/^>▾ shop[\s\S]*ticker +RUNNING/m);
    for (const signal of ['SIGSTOP', 'SIGCONT'] as const) process.kill(screen.childPid(), signal);
    screen.press('j');
    await screen.expect(/^> +▾ app/m);
    screen.press('j');
    await screen.expect(/^> +ticker/m);
  });

  test('each line of a container that started anew is there once', async () => {
    screen.press('G');
    await screen.expect(/logs shop\/side[\s\S]*side \d/);
    await instance.podctlOk(['restart', 'shop/side']);
    const text = await screen.expect(/\nside 1\n[\s\S]*side 5\n/);
    const anew = text.slice(text.indexOf('\nside 1\n')).match(/^side \d+$/gm) ?? [];
    expect(anew).toEqual([...new Set(anew)]);
  });

  test('a crash gives the terminal back and says what it was', async () => {
    screen.end();
    const bomb = join(instance.base, 'bomb.mjs');
    writeFileSync(bomb, "process.on('SIGUSR2', () => { throw new Error('the view blew up'); });");
    screen = start('', { NODE_OPTIONS: `--import=${bomb}` });
    await screen.expect(/ticker +RUNNING/);
    process.kill(screen.childPid(), 'SIGUSR2');
    await expectRestored(screen, 1);
    expect(screen.capture()).toContain('error: the view blew up');
  });

  test('needs no colours and no UTF-8', async () => {
    screen.end();
    screen = start('', { NO_COLOR: '1', LANG: 'C', LC_ALL: 'C' });
    await screen.expect(/ticker +RUNNING/);
    expect(screen.capture()).toMatch(/^[ -~\n]*$/);
    expect(screen.capture(true)).not.toMatch(/\[[\d;]*3[1-7]m/);
    screen.press('q');
    await expectRestored(screen, 0);
  });

  test('without a terminal it is podctl ps, and says so', async () => {
    const { exitCode, stdout, stderr } = await instance.podctl(['ui', 'shop']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^NAME +STATE[\s\S]*ticker +RUNNING/);
    expect(stderr).toBe('podctl ui: standard output is no terminal; this is podctl ps');
  });
});
