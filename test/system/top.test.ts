/** `podctl top -w` as a person sees and uses it, in tmux; and as a program reads it, in a pipe. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { inRepository } from '../support/repository.ts';
import { startTmux, type TmuxScreen, tellNoTmux, whyNoTmux } from '../support/tmux.ts';

tellNoTmux();

describe.skipIf(whyNoRealKernel() !== undefined)('podctl top -w', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    const busy = aProgram('busy', { command: ['/bin/sh', '-c', 'while :; do :; done'] });
    const app = aContainer({
      name: 'app',
      processes: [aProgram('calm'), busy],
      resources: { limits: { cpu: '200m' } },
    });
    await instance.apply(aPod({ name: 'shop', containers: [app] }));
    await instance.waitForPod('shop', 'runs', isRunning);
  });
  afterAll(() => instance.stop());

  test('in a pipe appends, with JSON a line each', async () => {
    const args = ['top', '-w', '--interval', '200ms', '-o', 'json'];
    const watching = execa(inRepository('bin/podctl'), args, { env: instance.env, extendEnv: false, reject: false });
    const seen: string[] = [];
    for await (const line of watching) {
      seen.push(line);
      if (seen.length === 3) break;
    }
    watching.kill('SIGINT');
    await watching;
    const stamps = seen.map((line) => JSON.parse(line).monotonicMs as number);
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
    expect(JSON.parse(seen[2] ?? '').items[0].containers[0].programs[1]).toMatchObject({
      program: 'busy',
      rates: { cpuPercent: expect.any(Number) },
    });
  });

  describe.skipIf(whyNoTmux() !== undefined)('on a terminal', () => {
    const start = (): TmuxScreen => {
      const [before, after] = ['before', 'after'].map((name) => join(instance.base, name));
      const script = `echo all was well; stty -g >${before}; ${inRepository('bin/podctl')} top -w --interval 500ms; code=$?; stty -g >${after}; echo "code $code"; exec cat`;
      return startTmux(script, { ...instance.env, LANG: 'C.UTF-8' });
    };
    const expectRestored = async (screen: TmuxScreen, code: number): Promise<void> => {
      expect(await screen.expect(`code ${code}`)).toContain('all was well');
      expect(screen.ask('#{alternate_on} #{cursor_flag} #{wrap_flag}')).toBe('0 1 1');
      const [before, after] = ['before', 'after'].map((name) => readFileSync(join(instance.base, name), 'utf8'));
      expect(after).toBe(before);
    };

    test('draws in place, with bars, sorted by a key, in any width, and q gives the terminal back', async () => {
      const screen = start();
      try {
        const text = await screen.expect(/└─ busy +\d+\.\d% +█/);
        expect(text).toMatch(/NAME +CPU +CPU\/LIM/);
        expect(text.match(/NAME/g)).toHaveLength(1);
        expect(text).toMatch(/├─ calm[\s\S]*└─ busy/);
        screen.press('c');
        await screen.expect(/├─ busy[\s\S]*└─ calm/);
        screen.resize(32, 10);
        await screen.expectNot('CPU/LIM');
        await screen.expect(/├─ busy/);
        screen.resize(120, 24);
        await screen.expect(/CPU\/LIM +THROTTLED/);
        screen.press('q');
        await expectRestored(screen, 0);
      } finally {
        screen.end();
      }
    });

    test('Ctrl-C gives it back too', async () => {
      const screen = start();
      try {
        await screen.expect(/busy +\d/);
        screen.press('C-c');
        await expectRestored(screen, 0);
      } finally {
        screen.end();
      }
    });
  });
});
