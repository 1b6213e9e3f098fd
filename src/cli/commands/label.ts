import { defineCommand } from '../command.ts';
import { markFlags, markObjects } from '../mark-objects.ts';

export const command = defineCommand({
  usage: ['label KIND NAME… KEY=VALUE… [KEY-…]', 'label KIND/NAME… KEY=VALUE… [KEY-…]'],
  about: `Set labels of objects, or take them away (KEY-), as podd keeps them. Labels are what selectors find: of Services, workloads, policies and -l.
An apply of the manifest file sets again what the file says.`,
  flags: markFlags,
  complete: 'resources',
  examples: [
    { text: 'one more', line: 'podctl label pod web tier=front' },
    { text: 'another value, and one less', line: 'podctl label deployment/web tier=back --overwrite old-' },
  ],
  run: ({ flags, args, io }) =>
    markObjects(
      {
        ...{ field: 'labels', verb: 'label' },
        done: { given: 'labeled', taken: 'unlabeled', same: 'not labeled' },
      },
      args,
      flags,
      io,
    ),
});
