import { commonFlags, defineCommand, type FlagValues, manifestFlags } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { reportError } from '../report-error.ts';
import { printResults, requestApply } from '../request-apply.ts';
import { rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const flagTable = {
  ...manifestFlags,
  cascade: { kind: 'switch', help: 'as apply --cascade would' },
  output: commonFlags.results,
} as const;

export const command = defineCommand({
  usage: ['diff -f FILE|DIR|- [-f …] [flags]'],
  about: `Say how manifests differ from what there is, what an apply of them would do, what each changed field costs and why. Changes nothing.
Exit code, as kubectl diff: 0 no difference, 1 differences, 2 or more when it could not be told (a wrong manifest, podd refused).`,
  flags: flagTable,
  examples: [
    { text: 'what would change?', line: 'podctl diff -f web.yaml' },
    {
      text: 'in a script: apply only when needed',
      line: 'podctl diff -f web.yaml >/dev/null || podctl apply -f web.yaml',
    },
    { text: 'fields, costs and reasons for programs', line: 'podctl diff -f web.yaml -o json' },
  ],
  run: async ({ flags, args, io }) => {
    rejectArgs(args, 'podctl diff -f FILE');
    if (flags.filename === undefined) throw new UsageError('which manifests?', 'podctl diff -f FILE');
    try {
      return await diff(flags.filename, flags, io);
    } catch (error) {
      // 1 means that there are differences: what went wrong is 2 here.
      return Math.max(2, reportError(error, io, 'diff'));
    }
  },
});

async function diff(files: readonly string[], flags: FlagValues<typeof flagTable>, io: Io): Promise<number> {
  const { loadManifests } = await import('../load-manifests.ts');
  const loaded = await loadManifests(files, flags, io);
  if (loaded === undefined) return 2;
  const cascade = flags.cascade ? { cascade: true } : {};
  const request = { manifests: loaded.manifests, dryRun: true, ...cascade };
  const results = await requestApply(connectPodd(io.env), request);
  const differing = results.filter(({ outcome }) => outcome !== 'unchanged');
  printResults(differing, { io, mode: 'diff', format: flags.output, warned: loaded.warned });
  return differing.length === 0 ? 0 : 1;
}
