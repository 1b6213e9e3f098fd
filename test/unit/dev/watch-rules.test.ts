/** The scripted editor: what people and their tools do to files, on the real file system, and exactly what is told of it. */
import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aRule, WatchedDirectory } from '../../support/watched-directory.ts';

const run = promisify(execFile);

// longer than any wait for a batch: that one says what is missing
vi.setConfig({ testTimeout: 120_000 });

let files: WatchedDirectory;
beforeEach(({ task }) => {
  // git writes hundreds of small files, which a busy disk takes seconds for
  files = new WatchedDirectory(task.name.includes('500 files') ? '/dev/shm' : undefined);
});
afterEach(() => files.close());

const watchSource = () => files.watch([aRule({ paths: [files.path('src')] })]);

describe('saving a file', () => {
  beforeEach(async () => {
    files.write('src/a.ts', 'one');
    files.write('src/deep/er/b.ts', 'one');
    await watchSource();
  });

  test('tells a write once', async () => {
    files.write('src/a.ts', 'two');
    expect(await files.next()).toEqual(['changed src/a.ts']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('tells a truncation followed by a write once', async () => {
    truncateSync(files.path('src/a.ts'), 0);
    appendFileSync(files.path('src/a.ts'), 'two');
    expect(await files.next()).toEqual(['changed src/a.ts']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('tells a new file renamed over the old one as a change (VS Code, JetBrains)', async () => {
    files.write('src/a.ts___jb_tmp___', 'two');
    renameSync(files.path('src/a.ts'), files.path('src/a.ts___jb_old___'));
    renameSync(files.path('src/a.ts___jb_tmp___'), files.path('src/a.ts'));
    unlinkSync(files.path('src/a.ts___jb_old___'));
    expect(await files.next()).toEqual(['changed src/a.ts']);
    files.write('src/.a.ts.tmp-1234', 'three');
    renameSync(files.path('src/.a.ts.tmp-1234'), files.path('src/a.ts'));
    expect(await files.next()).toEqual(['changed src/a.ts']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('tells deletion and creation as a change', async () => {
    unlinkSync(files.path('src/a.ts'));
    files.write('src/a.ts', 'one');
    expect(await files.next()).toEqual(['changed src/a.ts']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test("tells vim's dance as one change", async () => {
    files.write('src/.a.ts.swp', 'swap');
    files.write('src/4913', '');
    unlinkSync(files.path('src/4913'));
    renameSync(files.path('src/a.ts'), files.path('src/a.ts~'));
    files.write('src/a.ts', 'two');
    chmodSync(files.path('src/a.ts'), 0o644);
    unlinkSync(files.path('src/a.ts~'));
    unlinkSync(files.path('src/.a.ts.swp'));
    expect(await files.next()).toEqual(['changed src/a.ts']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('tells nothing of a file that comes and goes', async () => {
    files.write('src/sedXf3s1', 'x');
    unlinkSync(files.path('src/sedXf3s1'));
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('tells nothing of a file that is as before in the end', async () => {
    renameSync(files.path('src/a.ts'), files.path('src/c.ts'));
    renameSync(files.path('src/c.ts'), files.path('src/a.ts'));
    chmodSync(files.path('src/a.ts'), 0o600);
    chmodSync(files.path('src/a.ts'), 0o644);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('tells nothing of reading', async () => {
    readFileSync(files.path('src/a.ts'));
    readdirSync(files.path('src/deep'));
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('tells touching and a new mode', async () => {
    utimesSync(files.path('src/a.ts'), new Date(), new Date());
    expect(await files.next()).toEqual(['changed src/a.ts']);
    chmodSync(files.path('src/a.ts'), 0o755);
    expect(await files.next()).toEqual(['changed src/a.ts']);
  });

  test('tells a rename as removal and addition', async () => {
    renameSync(files.path('src/a.ts'), files.path('src/deep/c.ts'));
    expect(await files.next()).toEqual(['removed src/a.ts', 'added src/deep/c.ts']);
    expect(await files.isQuiet('src/deep')).toBe(true);
  });

  test('tells every save of one who saves again and again', async () => {
    for (let round = 0; round < 5; round++) {
      files.write('src/deep/er/b.ts', `round ${round}`);
      expect(await files.next()).toEqual(['changed src/deep/er/b.ts']);
    }
    expect(await files.isQuiet('src')).toBe(true);
  });
});

describe('directories', () => {
  beforeEach(async () => {
    files.write('src/a.ts');
    files.write('src/lib/b.ts');
    files.write('src/lib/sub/c.ts');
    files.write('outside/new/d.ts');
    files.write('outside/new/sub/e.ts');
    await watchSource();
  });

  test('one with files in it is told file by file, and is watched', async () => {
    execFileSync('sh', ['-c', 'mkdir -p x/y/z && for i in 1 2 3; do echo $i > x/y/z/$i; done'], {
      cwd: files.path('src'),
    });
    expect(await files.next()).toEqual(['added src/x/y/z/1', 'added src/x/y/z/2', 'added src/x/y/z/3']);
    files.write('src/x/y/z/2', 'again');
    expect(await files.next()).toEqual(['changed src/x/y/z/2']);
    expect(await files.isQuiet('src/x/y')).toBe(true);
  });

  test('moved in, moved about, moved out', async () => {
    renameSync(files.path('outside/new'), files.path('src/new'));
    expect(await files.next()).toEqual(['added src/new/d.ts', 'added src/new/sub/e.ts']);
    renameSync(files.path('src/new'), files.path('src/lib/new'));
    expect(await files.next()).toEqual([
      'added src/lib/new/d.ts',
      'added src/lib/new/sub/e.ts',
      'removed src/new/d.ts',
      'removed src/new/sub/e.ts',
    ]);
    files.write('src/lib/new/sub/e.ts', 'changed');
    expect(await files.next()).toEqual(['changed src/lib/new/sub/e.ts']);
    renameSync(files.path('src/lib'), files.path('outside/lib'));
    expect(await files.next()).toEqual([
      'removed src/lib/b.ts',
      'removed src/lib/new/d.ts',
      'removed src/lib/new/sub/e.ts',
      'removed src/lib/sub/c.ts',
    ]);
    files.write('outside/lib/b.ts', 'not ours any more');
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('one that takes the place of another is watched in its stead', async () => {
    renameSync(files.path('src/lib'), files.path('outside/lib'));
    renameSync(files.path('outside/new'), files.path('src/lib'));
    expect(await files.next()).toEqual([
      'removed src/lib/b.ts',
      'added src/lib/d.ts',
      'removed src/lib/sub/c.ts',
      'added src/lib/sub/e.ts',
    ]);
    files.write('outside/lib/sub/c.ts', 'not ours');
    files.write('src/lib/sub/e.ts', 'ours');
    expect(await files.next()).toEqual(['changed src/lib/sub/e.ts']);
    expect(await files.isQuiet('src/lib')).toBe(true);
  });

  test('a file in the place of a directory, and the other way round', async () => {
    rmSync(files.path('src/lib'), { recursive: true });
    files.write('src/lib', 'a file');
    expect(await files.next()).toEqual(['added src/lib', 'removed src/lib/b.ts', 'removed src/lib/sub/c.ts']);
    unlinkSync(files.path('src/lib'));
    files.write('src/lib/b.ts', 'back');
    expect(await files.next()).toEqual(['removed src/lib', 'added src/lib/b.ts']);
    expect(await files.isQuiet('src/lib')).toBe(true);
  });

  test('the watched one deleted and made again', async () => {
    rmSync(files.path('src'), { recursive: true });
    expect(await files.next()).toEqual(['removed src/a.ts', 'removed src/lib/b.ts', 'removed src/lib/sub/c.ts']);
    files.write('src/lib/f.ts');
    expect(await files.next()).toEqual(['added src/lib/f.ts']);
    files.write('src/lib/f.ts', 'again');
    expect(await files.next()).toEqual(['changed src/lib/f.ts']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('empty ones are no change', async () => {
    mkdirSync(files.path('src/empty'));
    expect(await files.isQuiet('src/empty')).toBe(true);
  });
});

describe('a branch switch', () => {
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.org', ...args], { cwd: files.base });

  test('of 500 files is one batch for each rule', async () => {
    await git('init', '-q', '-b', 'main');
    for (let i = 0; i < 400; i++) files.write(`src/d${i % 20}/f${i}.ts`, 'main');
    await git('add', '.');
    await git('commit', '-qm', 'main');
    await git('checkout', '-q', '-b', 'other');
    for (let i = 0; i < 300; i++) files.write(`src/d${i % 20}/f${i}.ts`, 'other branch');
    for (let i = 0; i < 100; i++) files.write(`src/new${i % 5}/n${i}.ts`, 'new');
    await git('rm', '-q', ...Array.from({ length: 100 }, (_, i) => `src/d${(i + 300) % 20}/f${i + 300}.ts`));
    await git('add', '.');
    await git('commit', '-qm', 'other');
    await git('checkout', '-q', 'main');
    const slow = { debounceMs: 1_000, paths: [files.path('src')] };
    await files.watch([aRule({ ...slow, id: 'a' }), aRule({ ...slow, id: 'b', include: ['new*/'] })]);
    await git('checkout', '-q', 'other');
    const batches = [await files.nextBatch(), await files.nextBatch()];
    const counts = batches.map(({ rule, changes }) => {
      const of = (kind: string) => changes.filter((change) => change.kind === kind).length;
      return [rule.id, of('changed'), of('added'), of('removed')];
    });
    expect(counts.sort()).toEqual([
      ['a', 300, 100, 100],
      ['b', 0, 100, 0],
    ]);
    expect(await files.isQuiet('src')).toBe(true);
  });
});

describe('symlinks', () => {
  test("a config map's atomic swap changes the files behind it", async () => {
    files.write('config/..2024_1/key', 'one');
    symlinkSync('..2024_1', files.path('config/..data'));
    symlinkSync('..data/key', files.path('config/key'));
    await files.watch([aRule({ paths: [files.path('config/key')] })]);
    files.write('config/..2024_2/key', 'two');
    symlinkSync('..2024_2', files.path('config/..data_tmp'));
    renameSync(files.path('config/..data_tmp'), files.path('config/..data'));
    rmSync(files.path('config/..2024_1'), { recursive: true });
    expect(await files.next()).toEqual(['changed config/key']);
    files.write('config/..2024_2/key', 'three');
    expect(await files.next()).toEqual(['changed config/key']);
  });

  test('to a file outside is followed', async () => {
    files.write('shared/settings.json', 'one');
    mkdirSync(files.path('src'));
    symlinkSync('../shared/settings.json', files.path('src/settings.json'));
    await watchSource();
    files.write('shared/settings.json', 'two');
    expect(await files.next()).toEqual(['changed src/settings.json']);
    files.write('shared/new.json', 'three');
    renameSync(files.path('shared/new.json'), files.path('shared/settings.json'));
    expect(await files.next()).toEqual(['changed src/settings.json']);
    unlinkSync(files.path('src/settings.json'));
    expect(await files.next()).toEqual(['removed src/settings.json']);
    files.write('shared/settings.json', 'four');
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('to a directory outside is followed, in circles is not', async () => {
    files.write('shared/lib/a.ts', 'one');
    mkdirSync(files.path('src'));
    symlinkSync('../shared', files.path('src/shared'));
    symlinkSync('..', files.path('src/up'));
    symlinkSync('.', files.path('src/self'));
    symlinkSync('../..', files.path('shared/lib/around'));
    await watchSource();
    files.write('shared/lib/a.ts', 'two');
    expect(await files.next()).toEqual(['changed src/shared/lib/a.ts']);
    expect(await files.isQuiet('src/shared/lib')).toBe(true);
  });

  test('a watched path that is one follows its swap', async () => {
    files.write('releases/1/app.js', 'one');
    files.write('releases/2/app.js', 'two');
    symlinkSync('releases/1', files.path('current'));
    await files.watch([aRule({ paths: [files.path('current')] })]);
    symlinkSync('releases/2', files.path('next'));
    renameSync(files.path('next'), files.path('current'));
    expect(await files.next()).toEqual(['changed current/app.js']);
    writeFileSync(files.path('releases/1/app.js'), 'not current');
    writeFileSync(files.path('releases/2/app.js'), 'current');
    expect(await files.next()).toEqual(['changed current/app.js']);
    expect(await files.isQuiet('current')).toBe(true);
  });
});

describe('single files', () => {
  test('that do not exist yet, in directories that do not either', async () => {
    await files.watch([aRule({ paths: [files.path('.env'), files.path('a/b/c.yaml')] })]);
    files.write('.env', 'A=1');
    expect(await files.next()).toEqual(['added .env']);
    files.write('other', 'not watched');
    files.write('a/b/c.yaml', 'x');
    expect(await files.next()).toEqual(['added a/b/c.yaml']);
    files.write('a/b/c.yaml', 'y');
    expect(await files.next()).toEqual(['changed a/b/c.yaml']);
    rmSync(files.path('a'), { recursive: true });
    expect(await files.next()).toEqual(['removed a/b/c.yaml']);
    files.write('a/b/c.yaml', 'z');
    expect(await files.next()).toEqual(['added a/b/c.yaml']);
  });

  test('are watched whatever patterns say', async () => {
    files.write('.gitignore', '*.env');
    files.write('my.env', 'A=1');
    await files.watch([aRule({ paths: [files.path('my.env')], exclude: ['*'] })]);
    files.write('my.env', 'A=2');
    expect(await files.next()).toEqual(['changed my.env']);
  });
});
