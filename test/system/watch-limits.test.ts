/** Where the kernel gives no more inotify watches or instances: a user namespace of its own has limits of its own. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inRepository } from '../support/repository.ts';
import { within } from '../support/wait-for.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podctl-limits-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const script = `
  const { watchRules } = await import(process.argv[1]);
  const say = (what) => console.log(JSON.stringify(what));
  const rule = { id: 'r', paths: [process.argv[2]], include: [], exclude: [], action: 'restart', debounceMs: 30 };
  const watcher = await watchRules([rule], {
    onBatch: ({ changes }) => say({ changes: changes.map(({ kind, path }) => kind + ' ' + path) }),
    onProblem: (problem) => say({ problem }),
  });
  say({ ready: true });
  process.stdin.on('end', () => watcher.close().then(() => say({ closed: true }))).resume();
`;

/** A watcher of `base` in a process of its own whose `/proc/sys/user/<limit>` is `value`. */
function watchLimited(limit: string, value: number) {
  const node = [process.execPath, '--input-type=module', '-e', script, inRepository('dist/dev/watch-rules.js'), base];
  const shell = `echo ${value} > /proc/sys/user/${limit} && exec "$@"`;
  const child = spawn('unshare', ['--user', '--map-root-user', 'sh', '-c', shell, 'sh', ...node], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    next: async () => JSON.parse((await within('a line', 10_000, lines.next())).value) as Record<string, unknown>,
    end: () => {
      child.stdin.end();
    },
  };
}

describe('a watcher without enough of inotify', () => {
  test.each([
    {
      limit: 'max_inotify_watches',
      value: 20,
      problem: () => ({
        message: `watch ${base}: no more inotify watches (ENOSPC): looking every 300 ms instead`,
        hint: 'raise the limit: sysctl fs.inotify.max_user_watches=524288; or exclude directories',
      }),
    },
    {
      limit: 'max_inotify_instances',
      value: 0,
      problem: () => ({
        message: 'no inotify instance left (EMFILE): looking every 300 ms instead',
        hint: 'raise the limit: sysctl fs.inotify.max_user_instances=1024',
      }),
    },
  ])('tells it once and looks for itself: $limit', async ({ limit, value, problem }) => {
    for (let i = 0; i < 40; i++) {
      mkdirSync(join(base, `d${i}`));
      writeFileSync(join(base, `d${i}`, 'f'), 'one');
    }
    const watcher = watchLimited(limit, value);
    expect(await watcher.next()).toEqual({ problem: problem() });
    expect(await watcher.next()).toEqual({ ready: true });
    const last = join(base, 'd39');
    writeFileSync(join(last, 'f'), 'two');
    expect(await watcher.next()).toEqual({ changes: [`changed ${last}/f`] });
    mkdirSync(join(last, 'new'));
    writeFileSync(join(last, 'new', 'g'), 'one');
    expect(await watcher.next()).toEqual({ changes: [`added ${last}/new/g`] });
    watcher.end();
    expect(await watcher.next()).toEqual({ closed: true });
  });
});
