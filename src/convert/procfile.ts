/** Procfile (heroku, foreman) → a podctl.dev/v1 Pod. Pure. */
import type { Diagnostic } from '../model/diagnostic.ts';
import { type Conversion, diagnosticAt, formatPod } from './conversion.ts';
import { createNames, escapeDollars } from './process-names.ts';
import { type YamlMap, yamlField } from './yaml-text.ts';

/** foreman's: the first program has PORT 5000, each further one 100 more. */
const firstPort = 5000;
const portStep = 100;

/** foreman's line: `name: command`; anything else is passed over there, and an error here unless it is a comment. */
const linePattern = /^([A-Za-z0-9_-]+):\s*(.+)$/;

/** As foreman runs it: through a shell, with PORT, never restarted, and the end of one ends all. */
export function convertProcfile(text: string, file: string, name: string): Conversion {
  const diagnostics: Diagnostic[] = [];
  const uniqueName = createNames();
  const items: YamlMap[] = [];
  for (const [index, sourceLine] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (/^\s*(?:#|$)/.test(sourceLine)) continue;
    const place = { file, line: index + 1, sourceLine };
    const [, written, command] = linePattern.exec(sourceLine.trim()) ?? [];
    if (written === undefined || command === undefined) {
      diagnostics.push(diagnosticAt('error', place, '', 'is not "name: command"'));
      continue;
    }
    const label = uniqueName(written);
    const remarks = remarksOn(written, label);
    diagnostics.push(...remarks.map((remark) => diagnosticAt('warning', place, written, remark)));
    items.push({
      comments: remarks.map((remark) => `${file}:${place.line}: ${written}: ${remark}`),
      fields: processFields(label, written, command, firstPort + portStep * items.length),
    });
  }
  if (items.length === 0) {
    diagnostics.push(diagnosticAt('error', { file, line: 1, sourceLine: '' }, '', 'has no program'));
  }
  const head = [
    `Converted from ${file} by podctl convert.`,
    'As foreman does: nothing is restarted, and the end of one program ends all. Take essential and restart away for more.',
  ];
  return { yaml: formatPod(name, head, { items }), diagnostics };
}

const isRelease = (name: string): boolean => name === 'release';

function processFields(label: string, name: string, command: string, port: number): YamlMap['fields'] {
  return [
    yamlField('name', label),
    yamlField('command', ['/bin/sh', '-c', escapeDollars(command)]),
    yamlField('env', { fields: [yamlField('PORT', String(port))] }),
    ...(isRelease(name) ? [yamlField('autostart', false)] : [yamlField('essential', true)]),
    yamlField('restart', 'never'),
  ];
}

function remarksOn(name: string, label: string): string[] {
  return [
    ...(label === name ? [] : [`is named ${label}: names are lower case letters, digits and "-"`]),
    ...(isRelease(name) ? ['runs once before a release on Heroku: it is not started by itself here'] : []),
  ];
}
