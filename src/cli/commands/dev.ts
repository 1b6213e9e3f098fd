import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chooseManifest, defaultNames, type FoundFile, isYamlName } from '../../dev/find-manifest.ts';
import type { DevOptions } from '../../dev/run-dev.ts';
import { maxInputBytes } from '../../manifest/limits.ts';
import { instancePaths } from '../../model/instance-paths.ts';
import { terminalFacts, whyNoUi } from '../../ui/can-show-ui.ts';
import { type Client, createClient } from '../client.ts';
import { defineCommand, manifestFlags } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

export const command = defineCommand({
  usage: ['dev [-f FILE|DIR]… [flags]'],
  about: `Apply manifests, print what all programs print, and act on every change until Ctrl-C, which takes everything down again.
A changed manifest is applied anew with the least that has to happen; one that is wrong is told, and the last good version runs on.
Changed sources do what the manifest's dev rules say (restart, reload, signal, exec, sync, rebuild). Later files are merged onto earlier
ones, as podctl config shows. Without -f: ${defaultNames.join(', ')}
or the only YAML file with a pod in this directory. With --ui all of it is shown as podctl ui shows it. On a terminal: r restarts all, l shows or hides logs, q quits.
Exit code: 0 after Ctrl-C, 1 failed, 2 the manifests are wrong at the start, 130 after a second Ctrl-C, which leaves things as they are.`,
  flags: {
    ...manifestFlags,
    keep: { kind: 'switch', help: 'leave everything running at the end' },
    ui: { kind: 'switch', help: 'a view as podctl ui, of these pods; quitting it ends the session' },
    'no-logs': { kind: 'switch', help: 'do not print what the programs print' },
    debounce: { kind: 'duration', help: "quiet time before a rule acts, as 50ms (default: each rule's own)" },
    polling: {
      kind: 'switch',
      help: 'look at files from time to time, where changes are not told (network file systems)',
    },
  },
  examples: [
    { text: 'the pod of this directory', line: 'podctl dev' },
    { text: 'with what is different here merged onto it', line: 'podctl dev -f pod.yaml -f dev.yaml' },
    { text: 'quick to act, and left running at the end', line: 'podctl dev -f web.yaml --debounce 50ms --keep' },
  ],
  run: async ({ flags, args, io }) => {
    rejectArgs(args, 'podctl dev -f FILE');
    const files = flags.filename ?? [findManifest(io)];
    if (files.includes('-')) throw new UsageError('standard input cannot be watched', 'give a file: -f FILE');
    const {
      filename: _,
      debounce,
      keep = false,
      'no-logs': noLogs = false,
      polling = false,
      ui = false,
      ...choices
    } = flags;
    checkDebounce(debounce);
    const client = connectPodd(io.env);
    const view = ui ? chooseView(client, io, keep) : undefined;
    const { runDev } = await import('../../dev/run-dev.ts');
    return await runDev({
      client,
      io,
      choices: { ...choices, files, merge: true, env: io.env, debounceMs: debounce },
      ...{ polling, keep, logs: !noLogs && view === undefined, owns: true, cascade: false },
      ...(view === undefined ? {} : { view }),
    });
  },
});

/** Undefined, with a word why, where there is no terminal for it. */
function chooseView(client: Client, io: Io, keep: boolean): DevOptions['view'] {
  const why = whyNoUi(terminalFacts(io.env));
  if (why !== undefined) {
    io.err(`podctl dev --ui: ${why}; this is podctl dev\n`);
    return undefined;
  }
  return async (session) => {
    const { showSession } = await import('../../ui/show-session.ts');
    await showSession(session, { client, reader: createClient(instancePaths(io.env).socket), io, keep });
  };
}

function checkDebounce(ms: number | undefined): void {
  if (ms !== undefined && (ms < 0 || ms > 60_000)) throw new UsageError('--debounce is from 0 to 60s');
}

/** Says which. Throws UsageError with what was looked for. */
function findManifest(io: Io): string {
  const choice = chooseManifest(readYamlFiles());
  if (choice.kind === 'found') {
    io.err(`using ${choice.name}\n`);
    return choice.name;
  }
  const hint = 'podctl dev -f FILE';
  if (choice.kind === 'several') throw new UsageError(`which manifest? ${choice.names.join(', ')} hold pods`, hint);
  throw new UsageError(
    `no manifest here: looked for ${defaultNames.join(', ')}, and for any *.yaml or *.yml with a pod`,
    hint,
  );
}

function readYamlFiles(): readonly FoundFile[] {
  const names = readdirSync('.').filter(isYamlName).sort();
  return names.flatMap((name) => {
    const status = statSync(name, { throwIfNoEntry: false });
    if (status?.isFile() !== true || status.size > maxInputBytes) return [];
    return [{ name, text: readFileSync(name, 'utf8') }];
  });
}
