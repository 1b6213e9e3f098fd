/** `dev` of containers and programs of podctl.dev/v1: what `podctl dev` does when files change. podd never acts on it. */
import { z } from 'zod';
import { devActions } from '../model/dev-rule.ts';
import { duration, expecting, fields, fieldsWith, flag, list, signal, text } from './schema-kinds.ts';

const patterns = (description: string) => list(text).meta({ description });

const command = expecting(
  z.union([list(text).meta({ minItems: 1 }), text]).meta({
    description:
      'Of exec and sync+exec: run in the container; of rebuild: on this machine. A list of words, or a text for sh -c',
  }),
  'a list of words or a text for sh -c',
);

const watchRule = fieldsWith(
  {
    paths: list(text).meta({
      description: 'Files and directories of this machine, absolute or relative to the manifest’s own directory',
      minItems: 1,
    }),
    action: z.enum(devActions).meta({
      description:
        'restart, reload or signal the program; exec: run command in the container, then restart; sync: copy to target; rebuild: run command on this machine, then restart the container',
    }),
  },
  {
    include: patterns('gitignore patterns below the paths: only what matches counts; default: everything'),
    exclude: patterns(
      'gitignore patterns below the paths on top of the defaults: .git, node_modules, temporary files of editors, .gitignore',
    ),
    debounce: duration.meta({ description: 'Quiet time before it acts, at most 60s; default 300ms' }),
    signal,
    command,
    directory: text.meta({ description: 'Of rebuild: where command runs; default: the manifest’s own directory' }),
    target: text.meta({
      description: 'Of sync: absolute path in the container that a file, or what is in a directory, is copied to',
    }),
    restart: list(text).meta({
      description:
        'Programs of the container that restart; default: the rule’s own program, or all. After sync+exec none by default',
    }),
    cascade: flag.meta({ description: 'Restart also what depends on them, whatever dependsOn says' }),
  },
);

/** Of a container, or of one of its programs. */
export const dev = fields({
  watch: list(watchRule).meta({ description: 'What happens when files of this machine change' }),
}).meta({ id: 'Dev', description: 'For podctl dev and podctl apply --watch; a change of it costs nothing' });
