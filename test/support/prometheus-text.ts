/** A strict reader of Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */

export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Every family by name. Throws on any line that the format does not allow, on a family told twice, and on equal label sets. */
export function readPrometheusText(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<
    string,
    { name: string; type: string; help: string; samples: ReadFamily['samples'][number][] }
  >();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`told twice: ${name}`);
      families.set(name, { name, type: '', help: rest, samples: [] });
      current = name;
    } else if (kind === 'TYPE') {
      const family = families.get(name);
      if (name !== current || family === undefined || family.samples.length > 0)
        throw new Error(`TYPE out of place: ${line}`);
      if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw new Error(`unknown type: ${line}`);
      family.type = rest;
    } else readSample(line, families.get(current));
  }
  return families;
}

function readSample(
  line: string,
  family: { name: string; samples: ReadFamily['samples'][number][] } | undefined,
): void {
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
