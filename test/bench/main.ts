/** `npm run bench [-- NAME…]`: every benchmark, or those whose name contains one of the words; JSON lines on standard output. */
import { startInstance } from '../support/instance.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { systemCalls } from './call-benchmarks.ts';
import { baseline, cli, exec, logPump } from './command-benchmarks.ts';
import { devLoop } from './dev-benchmarks.ts';
import { idle } from './idle-benchmarks.ts';
import { names } from './name-benchmarks.ts';
import { networkSetUp } from './network-benchmarks.ts';
import { procview } from './procview-benchmarks.ts';
import { adopt, containerStart, crashRestart, hundredPods, podOfTen, stopAndDelete } from './start-benchmarks.ts';
import { hundredPrograms, machineOf500, programCrash, supervisorMemory } from './supervision-benchmarks.ts';
import { networkTraffic } from './traffic-benchmarks.ts';
import { top } from './usage-benchmarks.ts';
import { lxcfs } from './view-benchmarks.ts';
import { watch } from './watch-benchmarks.ts';
import { hundredDeployments } from './workload-benchmarks.ts';

const benchmarks = {
  baseline,
  cli,
  'container-start': containerStart,
  'pod-of-10': podOfTen,
  '100-pods': hundredPods,
  '100-deployments': hundredDeployments,
  'stop-and-delete': stopAndDelete,
  'container-crash': crashRestart,
  exec,
  'log-pump': logPump,
  adopt,
  'program-crash': programCrash,
  '100-programs': hundredPrograms,
  'pid1-memory': supervisorMemory,
  machine: machineOf500,
  dev: devLoop,
  idle,
  procview,
  seccomp: systemCalls,
  top,
  watch,
  lxcfs,
  names,
  'network-setup': networkSetUp,
  'network-traffic': networkTraffic,
} as const;

async function main(words: readonly string[]): Promise<number> {
  const refusal = whyNoRealKernel();
  if (refusal !== undefined) return complain(`bench: ${refusal}`);
  const chosen = Object.entries(benchmarks).filter(
    ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  if (chosen.length === 0)
    return complain(`bench: no such benchmark; there are: ${Object.keys(benchmarks).join(', ')}`);
  let failures = 0;
  for (const [name, run] of chosen) {
    const instance = await startInstance({ leakCheck: false });
    try {
      await run(instance);
    } catch (error) {
      failures += complain(`bench: ${name}: ${error instanceof Error ? error.stack : error}`);
    } finally {
      await instance.stop();
    }
  }
  return failures;
}

function complain(message: string): 1 {
  console.error(message);
  return 1;
}

process.exitCode = await main(process.argv.slice(2));
