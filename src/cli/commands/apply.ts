import { commonFlags, defineCommand, type FlagValues, manifestFlags } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { prune } from '../prune.ts';
import { printResults, requestApply } from '../request-apply.ts';
import { rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';
import { waitUntilReady } from '../wait-until-ready.ts';
import { waitUntilRolledOut } from '../wait-until-rolled-out.ts';

const defaultTimeoutMs = 60_000;

const flagTable = {
  ...manifestFlags,
  wait: { kind: 'switch', help: 'wait until the pods are ready (or have succeeded) and workloads are rolled out' },
  cascade: { kind: 'switch', help: 'restart also what depends on a restarted program, whatever the manifest says' },
  timeout: { kind: 'duration', help: 'longest time to wait with --wait (default 60s)' },
  prune: { kind: 'switch', help: 'delete what -l SELECTOR (or --all) finds and the manifests do not hold' },
  selector: { kind: 'text', short: 'l', value: 'SELECTOR', help: 'with --prune: labels of what may be deleted' },
  all: { kind: 'switch', help: 'with --prune: everything of the namespaces of these manifests may be deleted' },
  'dry-run': { kind: 'switch', help: 'say what would happen, change nothing' },
  output: commonFlags.results,
  watch: {
    kind: 'switch',
    help: 'go on: apply changed manifests, act on changed sources as their dev rules say, until Ctrl-C',
  },
} as const;

type Flags = FlagValues<typeof flagTable>;

export const command = defineCommand({
  usage: ['apply -f FILE|DIR|- [-f …] [flags]'],
  about: `Create the pods of manifests, or change those that exist with the least that has to happen.
For each pod it prints created, configured (and what that cost) or unchanged; for each changed field the old and the new value, what it cost –
in place, signal, reload, restart of a program or container, recreation of the pod – and why; and for each program that is touched what
happens to it: start, stop, restart, or change in place. All others run on.
Nothing is applied when any manifest is wrong (exit code 2).`,
  flags: flagTable,
  examples: [
    { text: 'run it and wait until it is ready', line: 'podctl apply -f web.yaml --wait' },
    { text: 'what would change?', line: 'podctl apply -f web.yaml --dry-run' },
    { text: 'a changed program, and all that depends on it', line: 'podctl apply -f web.yaml --cascade' },
    { text: 'and whenever it changes', line: 'podctl apply -f web.yaml --watch' },
    { text: 'and what was taken out of the file goes', line: 'podctl apply -f shop.yaml --prune -l app=shop' },
    { text: 'from standard input', line: 'cat web.yaml | podctl apply -f -' },
  ],
  run: async ({ flags, args, io }) => {
    rejectArgs(args, 'podctl apply -f FILE');
    if (flags.filename === undefined) throw new UsageError('which manifests?', 'podctl apply -f FILE');
    checkPrune(flags);
    if (flags.watch) return await applyAndWatch(flags.filename, flags, io);
    const { loadManifests } = await import('../load-manifests.ts');
    const loaded = await loadManifests(flags.filename, flags, io);
    if (loaded === undefined) return 2;
    const dryRun = flags['dry-run'] === true;
    const client = connectPodd(io.env);
    const beganMs = io.now();
    const cascade = flags.cascade ? { cascade: true } : {};
    const results = await requestApply(client, { manifests: loaded.manifests, dryRun, ...cascade });
    const mode = dryRun ? 'dry-run' : 'apply';
    printResults(results, { io, mode, format: flags.output, warned: loaded.warned });
    if (flags.prune) await prune(client, results, { selector: flags.selector, dryRun, io });
    if (!flags.wait || dryRun) return 0;
    const timeoutMs = flags.timeout ?? defaultTimeoutMs;
    const waits = [
      waitUntilReady(client, results, { timeoutMs, beganMs, io }),
      waitUntilRolledOut(client, results, { timeoutMs, io }),
    ];
    return Math.max(...(await Promise.all(waits)));
  },
});

function checkPrune({ prune: wanted, selector, all, watch }: Flags): void {
  if (wanted && selector === undefined && !all)
    throw new UsageError('--prune deletes what it finds: say what it may', 'give -l SELECTOR, or --all');
  if (wanted && watch) throw new UsageError('--watch and --prune cannot be given together');
  if (!wanted && (selector !== undefined || all)) throw new UsageError('-l and --all belong to --prune');
}

/** As `podctl dev` without logs, and everything runs on at the end. */
async function applyAndWatch(files: readonly string[], flags: Flags, io: Io): Promise<number> {
  const { wait, cascade, timeout, namespace, 'env-file': envFiles } = flags;
  if (files.includes('-')) throw new UsageError('standard input cannot be watched', 'give a file: -f FILE');
  if (flags['dry-run'] || flags.output !== undefined)
    throw new UsageError(`--watch and ${flags['dry-run'] ? '--dry-run' : '-o'} cannot be given together`);
  const client = connectPodd(io.env);
  const beganMs = io.now();
  const waiting = { timeoutMs: timeout ?? defaultTimeoutMs, beganMs };
  const { runDev } = await import('../../dev/run-dev.ts');
  return await runDev({
    ...{ client, io, polling: false, logs: false, owns: false, keep: true, cascade: cascade === true },
    choices: { namespace, 'env-file': envFiles, files, env: io.env },
    onApplied: async (results, err) => {
      if (wait) await waitUntilReady(client, results, { ...waiting, io: { ...io, err } });
    },
  });
}
