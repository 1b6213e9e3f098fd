/** Python's RawConfigParser as supervisord sets it up: `=` or `:`, comments `;` and `#` (inline after a blank), continuation lines. Pure. */

export interface IniEntry {
  /** lower case */
  readonly key: string;
  readonly value: string;
  /** counts from 1 */
  readonly line: number;
}

export interface IniSection {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** the last one counts where a key stands twice; only that one is here */
  readonly entries: readonly IniEntry[];
}

export interface IniProblem {
  readonly line: number;
  readonly message: string;
}

export interface IniFile {
  readonly file: string;
  readonly lines: readonly string[];
  readonly sections: readonly IniSection[];
  readonly problems: readonly IniProblem[];
}

interface OpenEntry {
  readonly key: string;
  readonly line: number;
  readonly values: string[];
  readonly indent: number;
}

interface OpenSection {
  readonly name: string;
  readonly line: number;
  readonly entries: Map<string, OpenEntry>;
}

/** What has been read so far; `entry` is the one that continuation lines go to. */
interface State {
  readonly sections: Map<string, OpenSection>;
  readonly problems: IniProblem[];
  section: OpenSection | undefined;
  entry: OpenEntry | undefined;
}

/** Every section in order of the file; one that stands twice is continued, as with `strict=False`. Never throws. */
export function parseIni(text: string, file: string): IniFile {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const state: State = { sections: new Map(), problems: [], section: undefined, entry: undefined };
  for (const [index, raw] of lines.entries()) {
    const body = withoutComment(raw);
    if (body.trim() !== '') takeLine(state, body, index + 1);
    // an empty line belongs to the value that it interrupts; a comment does not
    else if (raw.trim() === '') state.entry?.values.push('');
  }
  const sections = [...state.sections.values()].map((open) => closeSection(open, file));
  return { file, lines, problems: state.problems, sections };
}

function takeLine(state: State, body: string, line: number): void {
  const indent = body.length - body.trimStart().length;
  if (state.entry !== undefined && indent > state.entry.indent) {
    state.entry.values.push(body.trim());
    return;
  }
  const [, name] = /^\[([^\]]+)\]/.exec(body.trim()) ?? [];
  state.entry = name === undefined ? parseOption(body, line, indent) : undefined;
  if (name !== undefined) state.section = openSection(state, name, line);
  else addEntry(state, line);
}

function openSection({ sections }: State, name: string, line: number): OpenSection {
  const section = sections.get(name) ?? { name, line, entries: new Map() };
  sections.set(name, section);
  return section;
}

function addEntry({ section, entry, problems }: State, line: number): void {
  const problem = optionProblem(section, entry);
  if (problem !== undefined) problems.push({ line, message: problem });
  else if (section !== undefined && entry !== undefined) section.entries.set(entry.key, entry);
}

const optionProblem = (section: OpenSection | undefined, entry: OpenEntry | undefined): string | undefined => {
  if (entry === undefined) return 'is neither a [section] nor key=value';
  return section === undefined ? 'stands before the first [section]' : undefined;
};

function parseOption(body: string, line: number, indent: number): OpenEntry | undefined {
  const [, key = '', value = ''] = /^(.*?)\s*[=:]\s*(.*)$/.exec(body.trim()) ?? [];
  if (key === '') return undefined;
  return { key: key.toLowerCase(), line, values: [value.trim()], indent };
}

const closeSection = ({ name, line, entries }: OpenSection, file: string): IniSection => ({
  name,
  file,
  line,
  entries: [...entries.values()].map((entry) => ({
    key: entry.key,
    line: entry.line,
    value: entry.values.join('\n').trimEnd(),
  })),
});

/** `;` and `#` begin a comment at the start of a line and after a blank. */
function withoutComment(line: string): string {
  const [, body = line] = /^(.*?)(?:^\s*|\s)[;#].*$/.exec(line) ?? [];
  return body;
}
