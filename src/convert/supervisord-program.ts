/** One [program:x] as entries of `processes`. Pure. */
import { escapeDollars, labelOf } from './process-names.ts';
import { instanceMark, type Lookup, type SectionReader } from './section-reader.ts';
import { parseKeyValues, splitShellWords } from './shell-words.ts';
import {
  formatByteSize,
  parseAutoRestart,
  parseBoolean,
  parseByteSize,
  parseExitCodes,
  parseInteger,
  parseOctal,
  parseSignalName,
} from './supervisord-values.ts';
import { type YamlField, type YamlMap, yamlField } from './yaml-text.ts';

/** What [supervisord] says for all programs. */
export interface ProgramDefaults {
  readonly env: ReadonlyMap<string, string>;
  readonly directory?: string;
  readonly umask?: number;
  readonly user?: string;
}

/** More copies than `processes[].instances` allows. */
const maxCopies = 1000;

/** supervisord's numprocs as one entry with `instances` where `$(INSTANCE)` can say what differs, else as one entry each. */
export function convertProgram(
  reader: SectionReader,
  defaults: ProgramDefaults,
  uniqueName: (name: string) => string,
): YamlMap[] {
  const name = reader.section.name.slice(reader.section.name.indexOf(':') + 1).trim();
  const copies = reader.value('numprocs', parseInteger, 'a whole number') ?? 1;
  const first = reader.value('numprocs_start', parseInteger, 'a whole number') ?? 0;
  if (reader.entry('command') === undefined) reader.refuse('', `[${reader.section.name}] has no command`);
  if (copies < 0 || copies > maxCopies) {
    reader.refuse('numprocs', `${copies} copies; 0 to ${maxCopies} are possible`);
    return [];
  }
  remarkForeignKeys(reader);
  const isPlain = copies === 1 && reader.entry('numprocs') === undefined;
  if (!isPlain && first === 0 && !numbersArePadded(reader)) {
    const label = namedOnce(reader, uniqueName, name);
    const fields = processFields(reader, defaults, { program: name, number: instanceMark, copies });
    return [
      { comments: reader.remarks, fields: [yamlField('name', label), ...fields, yamlField('instances', copies)] },
    ];
  }
  return Array.from({ length: copies }, (_, index) => {
    const number = String(first + index);
    const processName = isPlain ? name : nameOfCopy(reader, { program: name, number, copies });
    const label = isPlain ? namedOnce(reader, uniqueName, name) : uniqueName(processName);
    const fields = processFields(reader, defaults, { program: name, number, copies });
    return { comments: index === 0 ? reader.remarks : [], fields: [yamlField('name', label), ...fields] };
  });
}

interface Copy {
  readonly program: string;
  readonly number: string;
  readonly copies: number;
}

function namedOnce(reader: SectionReader, uniqueName: (name: string) => string, name: string): string {
  const label = uniqueName(name);
  if (label !== name)
    reader.note(`[${reader.section.name}] is named ${label}: names are lower case letters, digits and "-"`);
  return label;
}

const copyLookup =
  ({ program, number, copies }: Copy, env: ReadonlyMap<string, string> = new Map()): Lookup =>
  (name) => {
    if (name === 'process_num') return number;
    if (name === 'program_name' || name === 'group_name') return program;
    if (name === 'numprocs') return String(copies);
    return name.startsWith('ENV_') ? env.get(name.slice(4)) : undefined;
  };

const nameOfCopy = (reader: SectionReader, copy: Copy): string =>
  reader.text('process_name', copyLookup(copy)) ?? `${copy.program}-${copy.number}`;

/** `%(process_num)02d` cannot be said with `$(INSTANCE)`. */
const numbersArePadded = (reader: SectionReader): boolean =>
  ['command', 'directory', 'environment'].some((key) =>
    /%\(process_num\)(?![ds])/.test(reader.entry(key)?.value ?? ''),
  );

/** Literal text with the instance's number where supervisord has the process's. */
const withInstance = (text: string): string => escapeDollars(text).replaceAll(instanceMark, '$(INSTANCE)');

function processFields(reader: SectionReader, defaults: ProgramDefaults, copy: Copy): YamlField[] {
  const own = parseEnvironment(reader, copy);
  const lookup = copyLookup(copy, new Map([...defaults.env, ...own]));
  const env = new Map([...defaults.env, ...own]);
  const directory = reader.text('directory', lookup) ?? defaults.directory;
  const variables = [...env].map(([key, value]) => yamlField(key, withInstance(value)));
  return [
    ...commandFields(reader, lookup),
    ...(directory === undefined ? [] : [yamlField('workingDir', withInstance(directory))]),
    ...userFields(reader, defaults),
    ...(variables.length === 0 ? [] : [yamlField('env', { fields: variables })]),
    ...(reader.value('autostart', parseBoolean, 'a boolean') === false ? [yamlField('autostart', false)] : []),
    ...restartFields(reader),
    ...stopFields(reader),
    ...logFields(reader),
  ];
}

function parseEnvironment(reader: SectionReader, copy: Copy): ReadonlyMap<string, string> {
  const written = reader.text('environment', copyLookup(copy));
  const parsed = parseKeyValues(written ?? '');
  if (parsed.ok) return parsed.value;
  reader.refuse('environment', parsed.error);
  return new Map();
}

function commandFields(reader: SectionReader, lookup: Lookup): YamlField[] {
  const written = reader.text('command', lookup);
  if (written === undefined) return [];
  const words = splitShellWords(written);
  if (words.ok && words.value.length > 0) return [yamlField('command', words.value.map(withInstance))];
  reader.refuse('command', words.ok ? 'is empty' : words.error);
  return [];
}

function userFields(reader: SectionReader, defaults: ProgramDefaults): YamlField[] {
  const user = reader.text('user') ?? defaults.user;
  const umask = reader.value('umask', parseOctal, 'an octal number') ?? defaults.umask;
  return [
    ...(user === undefined ? [] : [yamlField('user', /^\d+$/.test(user) ? Number(user) : user)]),
    ...(umask === undefined ? [] : [yamlField('umask', umask.toString(8).padStart(4, '0'))]),
  ];
}

function restartFields(reader: SectionReader): YamlField[] {
  const policy = reader.value('autorestart', parseAutoRestart, 'true, false or unexpected');
  const exitCodes = reader.value('exitcodes', parseExitCodes, 'a list of exit codes');
  const startSeconds = reader.value('startsecs', parseInteger, 'a whole number');
  const startRetries = reader.value('startretries', parseInteger, 'a whole number');
  const fields = [
    ...(policy === undefined || policy === 'unexpected' ? [] : [yamlField('policy', policy)]),
    ...(exitCodes === undefined ? [] : [yamlField('exitCodes', exitCodes)]),
    ...(startSeconds === undefined ? [] : [yamlField('startSeconds', Math.max(0, startSeconds))]),
    ...(startRetries === undefined ? [] : [yamlField('startRetries', Math.max(0, startRetries))]),
  ];
  return fields.length === 0 ? [] : [yamlField('restart', { fields })];
}

function stopFields(reader: SectionReader): YamlField[] {
  const signal = reader.value('stopsignal', parseSignalName, 'a signal');
  const seconds = reader.value('stopwaitsecs', parseInteger, 'a whole number');
  const stopsGroup = reader.value('stopasgroup', parseBoolean, 'a boolean') ?? false;
  const killsGroup = reader.value('killasgroup', parseBoolean, 'a boolean') ?? stopsGroup;
  if (stopsGroup && !killsGroup) reader.refuse('killasgroup', 'cannot be false while stopasgroup is true');
  if (killsGroup && !stopsGroup) reader.remark('killasgroup', 'the stop signal goes to all of its processes too');
  const fields = [
    ...(signal === undefined ? [] : [yamlField('signal', signal)]),
    ...(seconds === undefined ? [] : [yamlField('graceSeconds', Math.max(0, seconds))]),
    // supervisord's default: the main process alone
    ...(killsGroup ? [] : [yamlField('wholeTree', false)]),
  ];
  return fields.length === 0 ? [] : [yamlField('stop', { fields })];
}

function logFields(reader: SectionReader): YamlField[] {
  const bytes = reader.value('stdout_logfile_maxbytes', parseByteSize, 'a size');
  const backups = reader.value('stdout_logfile_backups', parseInteger, 'a whole number');
  if (bytes === 0) reader.remark('stdout_logfile_maxbytes', 'logs always rotate here: 50Mi by default');
  const fields = [
    ...(bytes === undefined || bytes === 0 ? [] : [yamlField('maxSize', formatByteSize(bytes))]),
    ...(backups === undefined ? [] : [yamlField('maxFiles', Math.max(0, backups) + 1)]),
  ];
  return fields.length === 0 ? [] : [yamlField('logs', { fields })];
}

const ownLog = 'output goes to its own log: podctl logs';
const noEvents = 'events for listeners have no equivalent: podctl events';
const noSyslog = 'has no equivalent: read podctl logs';

/** Options without an equivalent, and what to do instead; `undefined` values are those where the default says the same. */
const foreignKeys: Readonly<Record<string, { readonly message: string; readonly unless?: RegExp }>> = {
  priority: { message: 'an order of starting without waiting has no equivalent: say dependsOn' },
  stdout_logfile: { message: ownLog, unless: /^auto$/i },
  stderr_logfile: { message: ownLog, unless: /^auto$/i },
  stderr_logfile_maxbytes: { message: "stdout and stderr share one log, with stdout's limits" },
  stderr_logfile_backups: { message: "stdout and stderr share one log, with stdout's limits" },
  stdout_capture_maxbytes: { message: noEvents, unless: /^0/ },
  stderr_capture_maxbytes: { message: noEvents, unless: /^0/ },
  stdout_events_enabled: { message: noEvents, unless: /^(?:false|no|off|0)$/i },
  stderr_events_enabled: { message: noEvents, unless: /^(?:false|no|off|0)$/i },
  stdout_syslog: { message: noSyslog, unless: /^(?:false|no|off|0)$/i },
  stderr_syslog: { message: noSyslog, unless: /^(?:false|no|off|0)$/i },
  serverurl: { message: 'has no equivalent: programs cannot reach their supervisor', unless: /^auto$/i },
};

const knownKeys = new Set(
  'command process_name numprocs numprocs_start autostart startsecs startretries autorestart exitcodes stopsignal stopwaitsecs stopasgroup killasgroup user redirect_stderr stdout_logfile_maxbytes stdout_logfile_backups environment directory umask'.split(
    ' ',
  ),
);

function remarkForeignKeys(reader: SectionReader): void {
  for (const { key, value } of reader.section.entries) {
    const foreign = foreignKeys[key];
    if (foreign !== undefined && foreign.unless?.test(value) !== true) reader.remark(key, foreign.message);
    if (foreign === undefined && !knownKeys.has(key))
      reader.remark(key, 'is no option of supervisord: ignored, as there');
  }
  const processName = reader.entry('process_name')?.value ?? '%(program_name)s';
  const isUsual = /^%\(program_name\)s(?:[_-]%\(process_num\)0?\d*[ds])?$/.test(processName);
  if (!isUsual && reader.entry('numprocs') === undefined) {
    reader.remark('process_name', `the program is named after its section: ${labelOf(reader.section.name.slice(8))}`);
  }
}
