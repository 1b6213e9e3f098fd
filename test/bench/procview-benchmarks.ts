/** What the container's view of /proc costs: a read, a start, a stop, memory of PID 1; each beside the same without the view. */
import type { Instance } from '../support/instance.ts';
import { aContainer } from '../support/manifest.ts';
import { initPid, isRunning } from '../support/pods.ts';
import { applyNow, deleteMs, podOf, stampingPayload, stampOf } from './bench-pods.ts';
import { privateMegabytes, report } from './measure.ts';

const views = ['full', 'files', 'off'] as const;
const limits = { memory: '512Mi', cpu: '2' };
const readsPerSample = 1_000;

/** Open, read to the end, close, in a loop of node's; prints µs a turn. */
const readLoop = (file: string): string => `
  const fs = require('node:fs'), buffer = Buffer.alloc(65536);
  const once = () => { const fd = fs.openSync('${file}'); while (fs.readSync(fd, buffer) > 0); fs.closeSync(fd); };
  for (let i = 0; i < 100; i++) once();
  const from = process.hrtime.bigint();
  for (let i = 0; i < ${readsPerSample}; i++) once();
  console.log(Number(process.hrtime.bigint() - from) / 1e3 / ${readsPerSample});`;

export async function procview(instance: Instance): Promise<void> {
  await reads(instance);
  await startsAndStops(instance);
}

async function reads(instance: Instance): Promise<void> {
  for (const procView of views)
    await applyNow(instance, podOf(`reads-${procView}`, aContainer({ procView, resources: { limits } })));
  await reportMemory(instance, '');
  for (const file of ['meminfo', 'stat']) await readInTurn(instance, file);
  await reportMemory(instance, '-after-reads');
  for (const procView of views) await deleteMs(instance, `reads-${procView}`);
}

async function reportMemory(instance: Instance, when: string): Promise<void> {
  for (const procView of views) {
    const pod = await instance.waitForPod(`reads-${procView}`, 'runs', isRunning);
    report(`pid1-private-memory-${procView}${when}`, 'MB', [privateMegabytes(initPid(pod))]);
  }
}

async function readInTurn(instance: Instance, file: string): Promise<void> {
  const microseconds = await inTurn(5, (view) => readOnce(instance, `reads-${view}`, file));
  for (const view of views) report(`read-${file}-${view}`, 'µs', microseconds[view]);
}

type ByView<T> = Record<(typeof views)[number], T>;

/** Whatever else the machine does hits all alike. */
async function inTurn<T>(
  n: number,
  sample: (view: (typeof views)[number], index: number) => Promise<T>,
): Promise<ByView<T[]>> {
  const samples: ByView<T[]> = { full: [], files: [], off: [] };
  for (let index = 0; index < n; index++) for (const view of views) samples[view].push(await sample(view, index));
  return samples;
}

async function readOnce(instance: Instance, pod: string, file: string): Promise<number> {
  const { code, output } = await instance.exec(pod, ['/usr/bin/env', 'node', '-e', readLoop(`/proc/${file}`)]);
  if (code !== 0) throw new Error(`reading ${file}: ${output}`);
  return Number(output);
}

async function startsAndStops(instance: Instance): Promise<void> {
  const samples = await inTurn(30, async (procView, index) => {
    const name = `start-${procView}-${index}`;
    const from = await applyNow(instance, podOf(name, { ...stampingPayload(instance), procView }));
    const start = (await stampOf(instance, name)) - from;
    return { start, stop: await deleteMs(instance, name) };
  });
  for (const view of views)
    report(
      `container-start-${view}`,
      'ms',
      samples[view].map(({ start }) => start),
    );
  for (const view of views)
    report(
      `stop-and-delete-${view}`,
      'ms',
      samples[view].map(({ stop }) => stop),
    );
}
