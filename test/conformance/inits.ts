/** The inits under test: each is a command line, some with a configuration written for the case. */
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { inRepository } from '../support/repository.ts';

export interface Init {
  readonly name: string;
  /** `command`: runs one command like tini; `supervisor`: keeps a list of programs, and acts on TERM, INT, QUIT and HUP itself */
  readonly kind: 'command' | 'supervisor';
  /** false: by its design it keeps every signal to itself */
  readonly forwards: boolean;
  /** the command line that runs `command` as its program; `dir` is there for files */
  readonly commandLine: (command: readonly string[], dir: string) => readonly string[];
  /** absent: it can run here */
  readonly missing?: string;
}

const podinit = inRepository('bin/podinit');

/** `tini --` and the like. */
export function initOf(words: string): Init {
  const [file = '', ...args] = words.split(/\s+/).filter((word) => word !== '');
  if (file === 'supervisord') return supervisord;
  if (words === 'podinit -f') return podinitFile;
  const isOurs = file === 'podinit';
  return {
    name: words,
    kind: 'command',
    forwards: true,
    commandLine: (command) => [isOurs ? podinit : file, ...args, ...command],
    ...(isOurs || isInstalled(file) ? {} : { missing: `${file} is not installed` }),
  };
}

const podinitFile: Init = {
  name: 'podinit -f',
  kind: 'supervisor',
  forwards: true,
  commandLine: (command, dir) => {
    const file = join(dir, 'processes.yaml');
    const stop = { graceSeconds: 1 };
    const program = { name: 'main', command, essential: true, restart: 'never', stop };
    // JSON is YAML; JSON.stringify escapes nothing that the payload's arguments have
    writeFileSync(file, JSON.stringify({ processes: [program] }));
    return [podinit, '-f', file, '--socket', join(dir, 'podinit.sock')];
  },
};

const supervisord: Init = {
  name: 'supervisord',
  kind: 'supervisor',
  forwards: false,
  commandLine: (command, dir) => {
    const file = join(dir, 'supervisord.conf');
    const lines = [
      `[supervisord]\nnodaemon=true\nuser=root\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${dir}/pid\nchildlogdir=${dir}`,
      `[program:main]\ncommand=${command.join(' ')}\nautorestart=false\nstartsecs=0\nstopwaitsecs=1\nstopasgroup=true`,
      // its own copy of the output is the only way to see it
      'redirect_stderr=true\nstdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0\n',
    ];
    writeFileSync(file, lines.join('\n'));
    return ['supervisord', '-n', '-s', '-c', file];
  },
  ...(isInstalled('supervisord') ? {} : { missing: 'supervisord is not installed' }),
};

/** In the order of the table. */
export const knownInits = (): readonly Init[] =>
  ['podinit --grace 1s --', 'podinit -f', 'tini --', 'dumb-init --', 'catatonit --', 'supervisord'].map(initOf);

function isInstalled(file: string): boolean {
  const directories = file.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  return directories.some((directory) => existsSync(directory === '' ? file : join(directory, file)));
}
