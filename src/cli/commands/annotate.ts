import { defineCommand } from '../command.ts';
import { markFlags, markObjects } from '../mark-objects.ts';

export const command = defineCommand({
  usage: ['annotate KIND NAME… KEY=VALUE… [KEY-…]', 'annotate KIND/NAME… KEY=VALUE… [KEY-…]'],
  about: `Set annotations of objects, or take them away (KEY-), as podd keeps them. Annotations are notes of any length, which nothing selects by.
An apply of the manifest file sets again what the file says.`,
  flags: markFlags,
  complete: 'resources',
  examples: [
    { text: 'one more', line: 'podctl annotate pod web example.com/owner=ada' },
    {
      text: 'another value, and one less',
      line: 'podctl annotate deployment/web example.com/owner=bob --overwrite old-',
    },
  ],
  run: ({ flags, args, io }) =>
    markObjects(
      {
        ...{ field: 'annotations', verb: 'annotate' },
        done: { given: 'annotated', taken: 'annotated', same: 'not annotated' },
      },
      args,
      flags,
      io,
    ),
});
