/** supervisord.conf → a podctl.dev/v1 Pod. Pure: other files, the environment and the host's name come as arguments. */
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { type Conversion, type ConvertContext, diagnosticAt, formatPod } from './conversion.ts';
import { type IniFile, type IniSection, parseIni } from './ini.ts';
import { createNames } from './process-names.ts';
import { readSection, type SectionReader } from './section-reader.ts';
import { parseKeyValues } from './shell-words.ts';
import { convertProgram, type ProgramDefaults } from './supervisord-program.ts';
import { parseOctal } from './supervisord-values.ts';
import type { YamlMap } from './yaml-text.ts';

/** `name`: of the pod. Options that supervisord would refuse are errors; what has no equivalent is a comment and a warning. */
export function convertSupervisord(text: string, file: string, name: string, context: ConvertContext): Conversion {
  const diagnostics: Diagnostic[] = [];
  const files = readAll(parseIni(text, file), context, diagnostics);
  const linesOf = (of: string): readonly string[] => files.find((one) => one.file === of)?.lines ?? [];
  const sections = mergeSections(files);
  const open = (section: IniSection): SectionReader =>
    readSection(section, {
      linesOf,
      report: (diagnostic) => diagnostics.push(diagnostic),
      lookup: (key) => lookUp(key, section, context),
    });
  diagnostics.push(...files.flatMap(syntaxErrors));
  const remarks: string[] = [];
  const defaults = readDefaults(sections, open, remarks);
  const uniqueName = createNames();
  const items: YamlMap[] = [];
  let pending: readonly string[] = remarks;
  for (const section of sections) {
    if (section.name === 'supervisord') continue;
    const reader = open(section);
    if (!section.name.startsWith('program:')) {
      noteSection(reader);
      pending = [...pending, ...reader.remarks];
      continue;
    }
    const [first, ...others] = convertProgram(reader, defaults, uniqueName);
    if (first === undefined) continue;
    items.push({ ...first, comments: [...pending, ...(first.comments ?? [])] }, ...others);
    pending = [];
  }
  if (items.length === 0) diagnostics.push(nothingToRun(file));
  return { yaml: formatPod(name, head(file), { items, after: pending }), diagnostics };
}

const syntaxErrors = ({ file, lines, problems }: IniFile): Diagnostic[] =>
  problems.map(({ line, message }) =>
    diagnosticAt('error', { file, line, sourceLine: lines[line - 1] ?? '' }, '', message),
  );

const head = (file: string): string[] => [
  `Converted from ${file} by podctl convert.`,
  'Unlike supervisord, the container ends when no program runs and none will by itself any more.',
];

const nothingToRun = (file: string): Diagnostic =>
  diagnosticAt('error', { file, line: 1, sourceLine: '' }, '', 'has no [program:x] that could run');

/** [include] of the main file only, as supervisord does it: included files include nothing. */
function readAll(main: IniFile, context: ConvertContext, diagnostics: Diagnostic[]): readonly IniFile[] {
  const entry = main.sections.find(({ name }) => name === 'include')?.entries.find(({ key }) => key === 'files');
  if (entry === undefined) return [main];
  const place = { file: main.file, line: entry.line, sourceLine: main.lines[entry.line - 1] ?? '' };
  const patterns = entry.value.replaceAll('%(here)s', context.here).replaceAll('%(host_node_name)s', context.hostname);
  const included = patterns.split(/\s+/).flatMap((pattern) => {
    const found = context.readFiles(pattern, context.here);
    if (found.length === 0) diagnostics.push(diagnosticAt('warning', place, 'files', `no file matches ${pattern}`));
    return found;
  });
  return [main, ...included.map(({ file, text }) => parseIni(text, file))];
}

/** A section of an included file adds to the one of the same name, its options winning. */
function mergeSections(files: readonly IniFile[]): readonly IniSection[] {
  const merged = new Map<string, IniSection>();
  for (const section of files.flatMap(({ sections }) => sections)) {
    if (section.name === 'include') continue;
    const earlier = merged.get(section.name);
    const others = earlier?.entries.filter(({ key }) => !section.entries.some((entry) => entry.key === key)) ?? [];
    merged.set(section.name, { ...section, entries: [...others, ...section.entries] });
  }
  return [...merged.values()];
}

function lookUp(key: string, section: IniSection, context: ConvertContext): string | undefined {
  if (key === 'here') return section.file.includes('/') ? join(context.here, dirname(section.file)) : context.here;
  if (key === 'host_node_name') return context.hostname;
  return key.startsWith('ENV_') ? context.env[key.slice(4)] : undefined;
}

/** What podctl does itself, or what makes no sense without a supervisord. */
const ownBusiness =
  /^(?:logfile|logfile_maxbytes|logfile_backups|loglevel|pidfile|nodaemon|silent|minfds|minprocs|nocleanup|childlogdir|strip_ansi|identifier)$/;

function readDefaults(
  sections: readonly IniSection[],
  open: (section: IniSection) => SectionReader,
  remarks: string[],
): ProgramDefaults {
  const section = sections.find(({ name }) => name === 'supervisord');
  if (section === undefined) return { env: new Map() };
  const reader = open(section);
  const pairs = parseKeyValues(reader.text('environment') ?? '');
  if (!pairs.ok) reader.refuse('environment', pairs.error);
  const umask = reader.value('umask', parseOctal, 'an octal number');
  const user = reader.text('user');
  const directory = reader.text('directory');
  const foreign = section.entries.filter(({ key }) => ownBusiness.test(key)).map(({ key }) => key);
  if (foreign.length > 0)
    reader.note(`[supervisord] ${foreign.join(', ')}: no equivalent, podctl keeps its own logs and limits`);
  remarks.push(...reader.remarks);
  return {
    env: pairs.ok ? pairs.value : new Map(),
    ...(umask === undefined ? {} : { umask }),
    ...(user === undefined || user === 'root' ? {} : { user }),
    ...(directory === undefined ? {} : { directory }),
  };
}

const sectionNotes: readonly (readonly [RegExp, string])[] = [
  [/^group:/, 'groups have no equivalent: programs are named one by one, or all at once'],
  [/^eventlistener:/, 'event listeners have no equivalent and are left out: podctl events --watch shows what happens'],
  [/^fcgi-program:/, 'a socket made for a FastCGI program has no equivalent: let it listen itself; left out'],
  [/^(?:unix_http_server|inet_http_server)$/, 'podctl talks to its programs over its own socket'],
  [/^(?:supervisorctl|rpcinterface:|ctlplugin:)/, 'podctl ps, start, stop, restart take its place'],
];

function noteSection(reader: SectionReader): void {
  const { name } = reader.section;
  const known = sectionNotes.find(([pattern]) => pattern.test(name));
  reader.note(`[${name}]: ${known?.[1] ?? 'is no section of supervisord: left out'}`);
}
