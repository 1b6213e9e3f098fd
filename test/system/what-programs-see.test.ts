/** The table of README: what programs see of the machine in a container with memory: 64Mi, cpu: 500m, for each procView. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCgroupLayout } from '../../src/cgroup/read-layout.ts';
import { type ProcView, procViews } from '../../src/model/pod-spec.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';

/** `machine`: its own number */
type Seen = number | 'machine';

interface Row {
  readonly what: string;
  /** must be there: a path below /usr, or a name on the PATH */
  readonly needs: string;
  /** prints one number, MiB, CPUs or seconds */
  readonly command: string;
  readonly machine: number;
  readonly seen: Readonly<Record<ProcView, Seen>>;
}

const memory = Math.floor(totalmem() / (1 << 20));
/** Debian's, not one of a version manager's that lies outside of /usr */
const python = (expression: string): string => `/usr/bin/python3 -c 'import os; print(${expression})'`;
const node = (expression: string): string => `node -p 'const os = require("node:os"); ${expression}'`;
const java = (settings: string, pattern: string): string =>
  `$(ls /usr/lib/jvm/*/bin/java | head -n1) -XshowSettings:${settings} -version 2>&1 | sed -nE 's/.*${pattern}.*/\\1/p'`;
const everywhere = { full: 1, files: 1, off: 'machine' } as const;
const calls = { full: 1, files: 'machine', off: 'machine' } as const;
const mebibytes = { full: 64, files: 64, off: 'machine' } as const;
const number = '([0-9.]+)';

const isV2 = whyNoRealKernel() === undefined && readCgroupLayout().kind === 'v2';

const rows: readonly Row[] = [
  ...[
    { what: 'free', needs: 'free', command: `free -m | sed -nE 's/^Mem: +${number} .*/\\1/p'` },
    { what: 'top', needs: 'top', command: `top -b -n1 | sed -nE 's/^MiB Mem : +${number} total.*/\\1/p'` },
    { what: 'vmstat -s', needs: 'vmstat', command: `vmstat -s -S M | sed -nE 's/^ +${number} M total memory/\\1/p'` },
    { what: 'os.totalmem() of Node', needs: 'node', command: node('os.totalmem() / 2 ** 20') },
  ].map((row) => ({ ...row, machine: memory, seen: mebibytes })),
  ...[
    { what: 'free of busybox', needs: 'busybox', command: `busybox free -m | sed -nE 's/^Mem: +${number} .*/\\1/p'` },
    {
      what: 'os.sysconf of Python: memory',
      needs: '/usr/bin/python3',
      command: python('os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20'),
    },
  ].map((row) => ({ ...row, machine: memory, seen: { ...mebibytes, files: 'machine' } as const })),
  ...[
    { what: 'lscpu', needs: 'lscpu', command: `lscpu | sed -nE 's/^CPU\\(s\\): +${number}/\\1/p'` },
    { what: 'os.cpus() of Node', needs: 'node', command: node('os.cpus().length') },
    { what: 'os.cpu_count() of Python', needs: '/usr/bin/python3', command: python('os.cpu_count()') },
  ].map((row) => ({ ...row, machine: cpus().length, seen: everywhere })),
  ...[
    { what: 'nproc', needs: 'nproc', command: 'nproc' },
    { what: 'os.availableParallelism() of Node', needs: 'node', command: node('os.availableParallelism()') },
    {
      what: 'os.sched_getaffinity of Python',
      needs: '/usr/bin/python3',
      command: python('len(os.sched_getaffinity(0))'),
    },
  ].map((row) => ({ ...row, machine: availableParallelism(), seen: calls })),
  ...(isV2 ? [] : javaRows()),
];

/**
 * Java reads cgroups itself, and of CPU quotas the one of its own leaf alone: the container's is above it. Of memory v1's leaf tells
 * what stands above; v2's does not, so there the answers are others.
 */
function javaRows(): readonly Row[] {
  const processors = {
    ...{ what: 'processors of Java', needs: '/usr/lib/jvm', machine: availableParallelism(), seen: calls },
    command: java('system', `Effective CPU Count: ${number}`),
  };
  const heap = {
    ...{ what: 'largest heap of Java', needs: '/usr/lib/jvm', machine: 31, seen: { full: 31, files: 31, off: 31 } },
    command: java('vm', `Max. Heap Size \\(Estimated\\): ${number}M`),
  };
  return [processors, heap];
}

describeReal('in a container with memory: 64Mi, cpu: 500m', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    const resources = { limits: { memory: '64Mi', cpu: '500m' } };
    const containers = procViews.map((procView) => aContainer({ name: procView, procView, resources }));
    await instance.apply(aPod({ name: 'views', containers }));
    await instance.waitForPod('views', 'runs', isRunning);
  });
  afterAll(() => instance.stop());

  const shell = async (script: string, container: ProcView): Promise<string> =>
    (await instance.exec('views', ['sh', '-c', script], container)).output.trim();
  const isMissing = async (needs: string): Promise<boolean> =>
    (await shell(`command -v ${needs} >/dev/null || test -e ${needs} || echo missing`, 'off')) === 'missing';

  describe.each(rows)('$what', ({ needs, command, machine, seen }) => {
    test.for(procViews)('shows what procView: %s says', async (procView, { skip }) => {
      skip(await isMissing(needs), `${needs} is missing`);
      const value = seen[procView] === 'machine' ? machine : seen[procView];
      const shown = await shell(command, procView);
      expect(shown).not.toBe('');
      // tools round
      expect(Math.abs(Number(shown) - value), shown).toBeLessThanOrEqual(value > 8 ? 1.5 : 0);
    });
  });
});
