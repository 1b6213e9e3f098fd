/** Reads one section of supervisord.conf option by option, collecting what is wrong and what has no equivalent. */
import type { Diagnostic } from '../model/diagnostic.ts';
import { diagnosticAt } from './conversion.ts';
import type { IniEntry, IniSection } from './ini.ts';
import { expandPercent } from './percent-format.ts';

/** Stands for the process number until it is known whether `$(INSTANCE)` can say it. */
export const instanceMark = '\u0001';

export interface SectionReader {
  readonly section: IniSection;
  /** comments for the YAML, in order of the file */
  readonly remarks: readonly string[];
  readonly entry: (key: string) => IniEntry | undefined;
  /** expanded with supervisord's names and `more`; undefined when absent or wrong */
  readonly text: (key: string, more?: Lookup) => string | undefined;
  readonly value: <T>(key: string, parse: (text: string) => T | undefined, wanted: string) => T | undefined;
  /** has no equivalent, or not exactly: a comment and a warning */
  readonly remark: (key: string, message: string) => void;
  readonly refuse: (key: string, message: string) => void;
  /** of the section itself */
  readonly note: (message: string) => void;
}

export type Lookup = (name: string, conversion: string) => string | undefined;

interface ReaderOptions {
  readonly linesOf: (file: string) => readonly string[];
  readonly lookup: Lookup;
  readonly report: (diagnostic: Diagnostic) => void;
}

export function readSection(section: IniSection, options: ReaderOptions): SectionReader {
  const remarks: string[] = [];
  const told = new Set<string>();
  const entry = (key: string): IniEntry | undefined => section.entries.find((one) => one.key === key);
  const report = (severity: Diagnostic['severity'], line: number, field: string, message: string): void => {
    // each of several processes made of one section says the same
    if (told.has(`${line} ${field} ${message}`)) return;
    told.add(`${line} ${field} ${message}`);
    const sourceLine = options.linesOf(section.file)[line - 1] ?? '';
    options.report(diagnosticAt(severity, { file: section.file, line, sourceLine }, field, message));
    if (severity === 'warning') remarks.push(`${section.file}:${line}: ${field === '' ? '' : `${field}: `}${message}`);
  };
  const refuse = (key: string, message: string): void =>
    report('error', entry(key)?.line ?? section.line, key, message);
  const text = (key: string, more?: Lookup): string | undefined => {
    const found = entry(key);
    if (found === undefined) return undefined;
    const expanded = expandPercent(
      found.value,
      (name, conversion) => more?.(name, conversion) ?? options.lookup(name, conversion),
    );
    if (expanded.ok) return expanded.value;
    refuse(key, expanded.error);
    return undefined;
  };
  return {
    section,
    remarks,
    entry,
    text,
    refuse,
    value: (key, parse, wanted) => {
      const written = text(key);
      if (written === undefined) return undefined;
      const parsed = parse(written);
      if (parsed === undefined) refuse(key, `"${written}" is not ${wanted}`);
      return parsed;
    },
    remark: (key, message) => report('warning', entry(key)?.line ?? section.line, key, message),
    note: (message) => report('warning', section.line, '', message),
  };
}
