import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Conversion, ConvertContext } from '../../convert/conversion.ts';
import { labelOf } from '../../convert/process-names.ts';
import { convertProcfile } from '../../convert/procfile.ts';
import { convertSupervisord } from '../../convert/supervisord.ts';
import { parseManifest } from '../../manifest/parse.ts';
import { defineCommand } from '../command.ts';
import { globFiles } from '../glob.ts';
import type { Io } from '../io.ts';
import { printDiagnostics } from '../print-diagnostics.ts';
import { UsageError } from '../usage-error.ts';

const usage = 'podctl convert supervisord.conf';

export const command = defineCommand({
  usage: ['convert FILE [--from supervisord|procfile] [-o yaml]'],
  about: `Print the podctl.dev/v1 pod that does what a supervisord.conf or a Procfile says. Needs neither podd nor root.
What has no equivalent stands as a comment at its place, and as a warning on standard error.
Exit code 2 when the file has errors that its own tool would refuse.`,
  flags: {
    from: {
      kind: 'text',
      value: 'FORMAT',
      choices: ['supervisord', 'procfile'],
      help: 'what FILE is (default: by its name)',
    },
    output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['yaml'], help: 'format (default yaml)' },
  },
  examples: [
    { text: 'try it at once', line: 'podctl convert /etc/supervisor/supervisord.conf | podctl apply -f -' },
    { text: 'a Procfile', line: 'podctl convert Procfile > pod.yaml' },
  ],
  run: async ({ flags, args, io }) => {
    const [file] = args;
    if (file === undefined || args.length > 1) throw new UsageError('which file?', usage);
    const format = flags.from ?? (/procfile/i.test(basename(file)) ? 'procfile' : 'supervisord');
    const conversion = convert(file, format, io);
    if (printDiagnostics(conversion.diagnostics, io)) return 2;
    io.out(conversion.yaml);
    return complainOfOwn(conversion.yaml, io);
  },
});

function convert(file: string, format: 'supervisord' | 'procfile', io: Io): Conversion {
  const text = readText(file);
  if (format === 'procfile') return convertProcfile(text, file, podName(file));
  return convertSupervisord(text, file, podName(file), convertContext(file, io));
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, usage);
  }
}

function convertContext(file: string, io: Io): ConvertContext {
  const here = file === '-' ? process.cwd() : dirname(resolve(file));
  return {
    here,
    hostname: hostname(),
    env: io.env,
    readFiles: (pattern, directory) =>
      globFiles(pattern, directory).flatMap((found) => readIncluded(resolve(directory, found), shown(found, file))),
  };
}

/** Relative to where the user stands, as the main file is named. */
const shown = (found: string, main: string): string =>
  isAbsolute(found) || main === '-' ? found : join(dirname(main), found);

function readIncluded(path: string, file: string): { file: string; text: string }[] {
  try {
    return [{ file, text: readFileSync(path, 'utf8') }];
  } catch {
    return [];
  }
}

/** The file's name, or for the usual names that of its directory. */
function podName(file: string): string {
  const name = basename(file).replace(/\.(?:conf|ini|cfg)$/i, '');
  const isUsual = /^(?:procfile|supervisord?|-)$/i.test(name);
  const directory = basename(dirname(resolve(file)));
  return labelOf(isUsual && !/^(?:etc|supervisor)?$/.test(directory) ? directory : name, 'converted');
}

/** What the pod's own rules still find wrong, such as a user name that cannot be one: the YAML is there to be corrected. */
function complainOfOwn(yaml: string, io: Io): number {
  const { diagnostics } = parseManifest(yaml, 'converted.yaml', { directory: process.cwd() });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return printDiagnostics(errors, io) ? 2 : 0;
}
