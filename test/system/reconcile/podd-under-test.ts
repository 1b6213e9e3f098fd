/**
 * A podd to be killed: the real reconciler, with shells for inits that outlive it. Arguments: base directory, cgroup parent, JSON list of
 * operations `+name` (apply) and `-name` (delete). Prints `boot`, then `try <op>` before and `done <op>` after each; with no operations it settles,
 * prints its pods as JSON and ends.
 */
import { spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCgroupLayout } from '../../../src/cgroup/read-layout.ts';
import { watchProcess } from '../../../src/linux/pidfd.ts';
import { instancePaths } from '../../../src/model/instance-paths.ts';
import type { LaunchPlan } from '../../../src/model/launch-plan.ts';
import { createReconciler } from '../../../src/reconcile/create-reconciler.ts';
import type { InitListener } from '../../../src/runtime/init-client.ts';
import { PodError } from '../../../src/util/pod-error.ts';
import { aHost, aNetwork, manifest, noIdClaims } from './machine.ts';

const [, , base = '', cgroupParent = '', operationsJson = '[]'] = process.argv;
const operations = JSON.parse(operationsJson) as string[];
const layout = readCgroupLayout();

/** What podinit does first: into its cgroup, then init.json; fd 3 is closed when that is done. Its arguments: run directory, id, cgroups. */
const init = `
  dir=$1 id=$2; shift 2
  for cgroup; do echo $$ > "$cgroup/cgroup.procs"; done
  read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ ticks _ < /proc/self/stat
  echo "{\\"id\\":\\"$id\\",\\"pid\\":$$,\\"startTicks\\":$ticks}" > "$dir/init.json.tmp"
  mv "$dir/init.json.tmp" "$dir/init.json"
  exec 3>&-
  exec sleep 1000`;

const reconciler = createReconciler({
  paths: instancePaths({ PODCTL_ROOT: join(base, 'root'), PODCTL_RUN: join(base, 'run') }),
  layout,
  cgroupParent,
  zygote: {
    pid: () => process.pid,
    prepare: () => ({ launch, abandon: () => undefined }),
    launch,
    holdMemory: () => undefined,
    readMemory: async () => undefined,
    drop: () => undefined,
    selfTest: async () => undefined,
    close: async () => undefined,
  },
  network: aNetwork(),
  idClaims: noIdClaims,
  connectInit,
  watchProcess,
  hostFacts: aHost(layout),
  seccomp: { filterOf: () => undefined },
  clock: { monotonicMs: () => performance.now(), now: () => new Date() },
  log: (message) => console.error(message),
});

async function launch(plan: LaunchPlan): Promise<number> {
  const child = spawn('sh', ['-c', init, 'init', plan.runDir, plan.id, ...plan.cgroups.init], {
    stdio: ['ignore', 'ignore', 'inherit', 3],
    detached: true,
  });
  child.on('exit', (code, signal) =>
    reconciler.zygoteListener.onExited(child.pid ?? 0, signal === null ? (code ?? 0) << 8 : 9),
  );
  if (child.pid === undefined) throw new PodError('LaunchRefused', 'no process');
  return child.pid;
}

function connectInit(runDir: string, listener: InitListener) {
  let timer: NodeJS.Timeout;
  const look = () => {
    try {
      const { id } = JSON.parse(readFileSync(join(runDir, 'init.json'), 'utf8')) as { id: string };
      listener.onState({ id, phase: 'running', startedAt: '2026-01-02T03:04:05Z', programs: [], logLinesDropped: 0 });
    } catch {
      timer = setTimeout(look, 2);
    }
  };
  setImmediate(look);
  const answer = async () => ({ ok: true, affected: [] }) as const;
  const close = () => clearTimeout(timer);
  return {
    stop: () => stop(runDir),
    control: answer,
    update: answer,
    why: answer,
    forgetKills: () => undefined,
    close,
  };
}

/** As podinit ends: the record first. */
function stop(runDir: string): void {
  try {
    const { id, pid } = JSON.parse(readFileSync(join(runDir, 'init.json'), 'utf8')) as { id: string; pid: number };
    const exit = { id, exitCode: 143, signal: 15, reason: 'Error', finishedAt: new Date().toISOString() };
    writeFileSync(join(runDir, 'exit.json.tmp'), JSON.stringify(exit));
    renameSync(join(runDir, 'exit.json.tmp'), join(runDir, 'exit.json'));
    process.kill(pid, 'SIGKILL');
  } catch {
    setTimeout(stop, 2, runDir);
  }
}

async function perform(operation: string): Promise<void> {
  const name = operation.slice(1);
  process.stdout.write(`try ${operation}\n`);
  try {
    if (operation.startsWith('+')) {
      await reconciler.apply({ manifests: [{ ...manifest(), metadata: { name } }], dryRun: false });
    } else await reconciler.delete('default', name, {});
  } catch (error) {
    if (!(error instanceof PodError && error.code === 'NotFound')) throw error;
  }
  process.stdout.write(`done ${operation}\n`);
}

/** Resolves when no pod is ending and all run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const isDone = reconciler
        .list()
        .every((pod) => pod.metadata.deletionTimestamp === undefined && pod.status.phase === 'Running');
      if (isDone) resolve();
    };
    reconciler.subscribe(() => setImmediate(look));
    look();
  });
}

// Alive until it is killed or done.
setInterval(() => undefined, 60_000);
process.stdout.write('boot\n');
await reconciler.start();
for (const operation of operations) await perform(operation);
if (operations.length === 0) {
  await settled();
  console.log(JSON.stringify(reconciler.list()));
  await reconciler.shutdown();
  process.exit(0);
}
