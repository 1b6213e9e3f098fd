import { formatDocument } from '../../manifest/format-document.ts';
import { escapeVariables, hasVariables } from '../../manifest/interpolate.ts';
import { judgeRoot } from '../../manifest/judge-root.ts';
import { inspectDocuments } from '../../manifest/parse.ts';
import { type MergedDocuments, readMergedDocuments } from '../../manifest/read.ts';
import { variableRows } from '../../manifest/variable-rows.ts';
import { plainValue, type YamlNode } from '../../manifest/yaml-node.ts';
import { defineCommand, type FlagValues, manifestFlags } from '../command.ts';
import type { Io } from '../io.ts';
import { printDiagnostics } from '../print-diagnostics.ts';
import { rejectArgs } from '../scope.ts';
import { createTable } from '../tab-columns.ts';
import { UsageError } from '../usage-error.ts';

const flagTable = {
  ...{ filename: manifestFlags.filename, 'env-file': manifestFlags['env-file'] },
  output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['yaml', 'json'], help: 'format (default yaml)' },
  'no-interpolate': { kind: 'switch', help: 'leave variables as they are written; what they give is not checked then' },
  variables: { kind: 'switch', help: 'list the variables instead: value, where it comes from, default' },
} as const;

export const command = defineCommand({
  usage: ['config -f FILE|DIR|- [-f OVERLAY…] [flags]'],
  about: `Print what manifests become when overlays are merged onto them and variables are put in. Needs neither podd nor root.
A document of a later -f changes the one of the same kind, namespace and name of an earlier -f, as Kubernetes' strategic merge does; new ones are added.
What is printed is a manifest of its own, paths absolute, and can be applied. Exit code 2 when anything is wrong.`,
  flags: flagTable,
  examples: [
    { text: 'a pod as it is developed on', line: 'podctl config -f web.yaml -f web-dev.yaml' },
    { text: 'and run so', line: 'podctl config -f web.yaml -f web-dev.yaml | podctl apply -f -' },
    { text: 'what can be set', line: 'podctl config -f web.yaml --variables' },
  ],
  run: async ({ flags, args, io }) => {
    rejectArgs(args, 'podctl config -f FILE');
    if (flags.filename === undefined) throw new UsageError('which manifests?', 'podctl config -f FILE');
    if (flags.variables && flags['no-interpolate']) {
      throw new UsageError('--variables cannot be given together with --no-interpolate', 'leave one of them out');
    }
    const envFiles = flags['env-file'];
    const merged = await readMergedDocuments(flags.filename, {
      ...{ env: io.env, interpolate: flags['no-interpolate'] !== true },
      ...(envFiles === undefined ? {} : { envFiles }),
    });
    return flags.variables ? printVariables(merged, flags, io) : printDocuments(merged, flags, io);
  },
});

type Flags = FlagValues<typeof flagTable>;

function printDocuments({ documents, diagnostics }: MergedDocuments, flags: Flags, io: Io): number {
  const isRaw = flags['no-interpolate'] === true;
  const found = isRaw ? documents.flatMap(({ problems }) => problems) : inspectDocuments(documents).diagnostics;
  if (printDiagnostics([...diagnostics, ...found], io)) return 2;
  const roots = documents
    .flatMap(({ root }) => root ?? [])
    .map((root) => (isRaw ? root : rereadable(judgeRoot(root).root)));
  io.out(flags.output === 'json' ? formatJson(roots.map(plainValue)) : roots.map(formatDocument).join('---\n'));
  return 0;
}

/** Values that look like variables are what is meant now. */
function rereadable(root: YamlNode): YamlNode {
  return hasVariables(root) ? escapeVariables(root) : root;
}

/** Also when some are not set: that is what one may want to see. */
function printVariables({ documents, diagnostics }: MergedDocuments, flags: Flags, io: Io): number {
  const unread = documents.filter(({ root }) => root === undefined).flatMap(({ problems }) => problems);
  if (printDiagnostics([...diagnostics, ...unread], io)) return 2;
  const rows = variableRows(documents.flatMap(({ variables }) => variables));
  if (flags.output === 'json') io.out(`${JSON.stringify(rows, undefined, 2)}\n`);
  else if (rows.length === 0) io.err('The manifests use no variables\n');
  else {
    const cells = rows.map((row) => [
      ...[row.name, row.required ? 'yes' : 'no', row.source ?? '-', row.value ?? '-'],
      ...[row.default ?? '-', row.alternative ?? '-'],
    ]);
    io.out(createTable(['NAME', 'REQUIRED', 'SOURCE', 'VALUE', 'DEFAULT', 'ALTERNATIVE'])(cells));
  }
  return 0;
}

function formatJson(values: readonly unknown[]): string {
  return `${JSON.stringify(values.length === 1 ? values[0] : values, undefined, 2)}\n`;
}
