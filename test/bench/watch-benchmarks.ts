/** The watcher of development mode: what lies between a save and the action. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchRules } from '../../src/dev/watch-rules.ts';
import type { DevRule } from '../../src/model/dev-rule.ts';
import { report, sampled, timed } from './measure.ts';

const debounceMs = 50;

/** A tree of 10,000 files in 500 directories: until all is watched, and from a save to the batch that tells it (debounce 50 ms). */
export async function watch(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'podctl-bench-watch-'));
  try {
    for (let i = 0; i < 10_000; i++) {
      const directory = join(root, `d${i % 25}`, `e${i % 500}`);
      if (i < 500) mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, `f${i}`), 'x');
    }
    report('watch-open-10000-files', 'ms', await sampled(5, () => timed(async () => (await open(root)).close())));
    report('watch-save-to-batch-debounce-50', 'ms', await latencies(root));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const open = (root: string, onBatch: () => void = () => undefined) =>
  watchRules([ruleOf(root)], { onBatch, onProblem: ({ message }) => console.error(message) });

async function latencies(root: string): Promise<number[]> {
  let told: () => void = () => undefined;
  const watcher = await open(root, () => told());
  const samples = await sampled(40, (index) =>
    timed(() => {
      const batch = new Promise<void>((resolve) => {
        told = resolve;
      });
      writeFileSync(join(root, `d${index % 25}`, `e${index}`, `f${index}`), `save ${index}`);
      return batch;
    }),
  );
  await watcher.close();
  return samples;
}

const ruleOf = (root: string): DevRule => ({
  id: 'bench',
  namespace: 'default',
  pod: 'bench',
  container: 'main',
  paths: [root],
  include: [],
  exclude: [],
  action: 'restart',
  debounceMs,
  directory: root,
  cascade: false,
});
