/** Asks inits all questions, one after the other, and lays the answers out. */
import { type Case, cases, type Verdict } from './cases.ts';
import type { Init } from './inits.ts';

export interface Row {
  readonly id: string;
  readonly title: string;
  /** by the init's name */
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

export async function runCases(inits: readonly Init[], wanted: readonly Case[] = cases): Promise<Row[]> {
  const rows: Row[] = [];
  for (const one of wanted) {
    const verdicts: Record<string, Verdict> = {};
    for (const init of inits) verdicts[init.name] = await runCase(init, one);
    rows.push({ id: one.id, title: one.title, verdicts });
  }
  return rows;
}

/** Whatever goes wrong in a case is the init's failure to do what was waited for. */
async function runCase(init: Init, one: Case): Promise<Verdict> {
  if (init.missing !== undefined) return { passed: undefined, detail: init.missing };
  try {
    return await one.run(init);
  } catch (error) {
    return { passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** A Markdown table; what failed is said below it. */
export function formatTable(rows: readonly Row[], inits: readonly Init[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const names = inits.map(({ name }) => name);
  const head = line(['', ...names.map((name) => `\`${name}\``)]) + line(['---', ...names.map(() => ':-:')]);
  const body = rows.map(({ title, verdicts }) => line([title, ...names.map((name) => mark(verdicts[name]))]));
  const failures = rows.flatMap(({ title, verdicts }) =>
    names.flatMap((name) =>
      verdicts[name]?.passed === false ? [`- \`${name}\`: ${title}: ${verdicts[name]?.detail}\n`] : [],
    ),
  );
  return `${head}${body.join('')}${failures.length === 0 ? '' : `\n${failures.join('')}`}`;
}

function mark(verdict: Verdict | undefined): string {
  if (verdict?.passed === undefined) return '–';
  return verdict.passed ? `✓${verdict.detail === '' ? '' : ` ${verdict.detail}`}` : '✗';
}
