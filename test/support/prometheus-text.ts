/** A strict reader of Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */

export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

interface OpenFamily extends ReadFamily {
  type: string;
  readonly samples: ReadFamily['samples'][number][];
}

/** Every family by name. Throws on any line that the format does not allow, on a family told twice, and on equal label sets. */
export function readPrometheusText(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, OpenFamily>();
  let current: OpenFamily | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('# HELP ')) {
      current = readHelp(line);
      if (families.has(current.name)) throw new Error(`told twice: ${line}`);
      families.set(current.name, current);
    } else if (line.startsWith('#')) readType(line, current);
    else if (line !== '') readSample(line, current);
  }
  return families;
}

function readHelp(line: string): OpenFamily {
  const [, name, help = ''] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a HELP line: ${line}`);
  return { name, type: '', help, samples: [] };
}

function readType(line: string, family: OpenFamily | undefined): void {
  const [, name, type] =
    /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line) ?? [];
  if (type === undefined || family === undefined) throw new Error(`not a TYPE line: ${line}`);
  if (name !== family.name || family.samples.length > 0) throw new Error(`TYPE out of place: ${line}`);
  family.type = type;
}

function readSample(line: string, family: OpenFamily | undefined): void {
  const [, name, braces = '', number = ''] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[^"}]|"(?:[^"\\]|\\["\\n])*")*\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined || name !== family?.name) throw new Error(`not a sample of ${family?.name}: ${line}`);
  const labels = readLabels(braces);
  const value = Number(number);
  if (Number.isNaN(value)) throw new Error(`not a number: ${line}`);
  const isDouble = family.samples.some((other) => JSON.stringify(other.labels) === JSON.stringify(labels));
  if (isDouble) throw new Error(`told twice: ${line}`);
  family.samples.push({ labels, value });
}

function readLabels(braces: string): Record<string, string> {
  const inner = braces.slice(1, -1);
  const pairs = [...inner.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g)];
  if (pairs.map(([whole]) => whole).join('') !== inner) throw new Error(`not labels: ${braces}`);
  const unescaped = (value: string): string =>
    value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, unescaped(value)]));
}
