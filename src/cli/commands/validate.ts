import { defineCommand, manifestFlags } from '../command.ts';
import { loadManifests } from '../load-manifests.ts';
import { rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

export const command = defineCommand({
  usage: ['validate -f FILE|DIR|- [-f …]'],
  about: `Check manifests and print everything that is wrong, with file, line and column. Needs neither podd nor root.
Exit code 2 when anything is wrong.`,
  flags: manifestFlags,
  examples: [{ text: 'a whole directory', line: 'podctl validate -f manifests/' }],
  run: async ({ flags, args, io }) => {
    rejectArgs(args, 'podctl validate -f FILE');
    if (flags.filename === undefined) throw new UsageError('which manifests?', 'podctl validate -f FILE');
    const loaded = await loadManifests(flags.filename, flags, io);
    if (loaded === undefined) return 2;
    for (const { kind, metadata } of loaded.manifests) io.out(`${kind.toLowerCase()}/${metadata.name} ok\n`);
    return 0;
  },
});
