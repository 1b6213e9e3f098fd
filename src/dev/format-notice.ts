/** Notices of a session in words. Pure. */
import { relative } from 'node:path';
import { formatApplyResult, objectName } from '../cli/apply-result.ts';
import { formatDiagnostic } from '../manifest/format-diagnostic.ts';
import type { DevRule, FileChange } from '../model/dev-rule.ts';
import type { DevNotice } from './notice.ts';
import { formatObjectName } from './object-names.ts';

export interface NoticeLook {
  readonly colour: boolean;
  /** width of the terminal; absent: none */
  readonly columns: number | undefined;
  /** what lines of the session itself begin with */
  readonly mark: string;
  /** directory that paths are shown from */
  readonly directory: string;
}

/** Lines for standard output, and for standard error what is wrong. */
export interface NoticeText {
  readonly out: readonly string[];
  readonly err: readonly string[];
}

const nothing: NoticeText = { out: [], err: [] };

export function formatNotice(notice: DevNotice, look: NoticeLook): NoticeText {
  const { mark } = look;
  switch (notice.kind) {
    case 'applied':
      return formatApplied(notice, look);
    case 'diagnostics':
      return { out: [], err: formatDiagnostics(notice, look) };
    case 'recovered':
      return { out: [`${mark}the manifests are good again`], err: [] };
    case 'action-started':
      return isSlow(notice.rule) ? { out: [`${mark}${describeStart(notice, look)}`], err: [] } : nothing;
    case 'action-done':
      return { out: [`${mark}${notice.did} ${because(notice, look)}`], err: [] };
    case 'action-failed':
      return {
        out: [],
        err: [`${mark}${paint('failed', 31, look)}: ${notice.why} ${because(notice, look)}`, ...hintLine(notice.hint)],
      };
    case 'output':
      return { out: [`${paint(`${notice.source} | `, 2, look)}${notice.text}`], err: [] };
    case 'problem':
      return { out: [], err: [`${mark}${notice.message}`, ...hintLine(notice.hint)] };
    case 'deleting':
      return { out: notice.objects.map((object) => `${mark}stopping ${formatObjectName(object)}`), err: [] };
    case 'deleted':
      return { out: [`${mark}${formatObjectName(notice.object)} deleted`], err: [] };
    case 'status':
      return nothing;
  }
}

const paint = (text: string, code: number, { colour }: NoticeLook): string =>
  colour ? `\u001b[${code}m${text}\u001b[0m` : text;

const hintLine = (hint: string | undefined): readonly string[] => (hint === undefined ? [] : [`hint: ${hint}`]);

function formatApplied(notice: DevNotice & { readonly kind: 'applied' }, look: NoticeLook): NoticeText {
  const { results, changed, elapsedMs } = notice;
  const { mark, colour, columns } = look;
  const warnings = results.flatMap((result) =>
    result.warnings.map((warning) => `Warning: ${objectName(result)}: ${warning}`),
  );
  const shown = results.filter(({ outcome }) => changed.length === 0 || outcome !== 'unchanged');
  const lines = shown.map((result) => formatApplyResult(result, { colour, columns }));
  const files = changed.map((path) => relativeTo(path, look));
  const head = changed.length === 0 ? [] : [`${mark}applied ${listFiles(files)} (${formatMs(elapsedMs)})`];
  return { out: [...head, ...lines], err: warnings };
}

function formatDiagnostics(
  { diagnostics, isUsable }: DevNotice & { readonly kind: 'diagnostics' },
  { colour, mark }: NoticeLook,
): readonly string[] {
  const lines = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, { color: colour }));
  return isUsable ? lines : [...lines, `${mark}the manifests cannot be used as they are`];
}

/** Commands, and copying, may take their time. */
const isSlow = ({ action }: DevRule): boolean => action === 'exec' || action === 'rebuild' || action === 'sync+exec';

function describeStart({ rule, changes }: { rule: DevRule; changes: readonly FileChange[] }, look: NoticeLook): string {
  const { command = [] } = rule;
  const text = command[0] === 'sh' && command[1] === '-c' ? (command[2] ?? '') : command.join(' ');
  const [first = '', ...more] = text.split('\n');
  return `running ${first}${more.length > 0 ? ' …' : ''} ${because({ changes }, look)}`.trimEnd();
}

/** `(84 ms; 2 files: server.js, lib/a.js)`: how long it took, and what had changed. */
function because({ changes, elapsedMs }: Cause, look: NoticeLook): string {
  const names = changes.map(({ path, kind }) => `${relativeTo(path, look)}${kind === 'changed' ? '' : ` ${kind}`}`);
  const parts = [
    ...(elapsedMs === undefined ? [] : [formatMs(elapsedMs)]),
    ...(names.length === 0 ? [] : [listFiles(names)]),
  ];
  return parts.length === 0 ? '' : `(${parts.join('; ')})`;
}

interface Cause {
  readonly changes: readonly FileChange[];
  readonly elapsedMs?: number;
}

const namesShown = 3;

/** `a.js`, `2 files: a.js, b.js`, `500 files: a.js, b.js, c.js, …` */
function listFiles(names: readonly string[]): string {
  const [only = '', ...others] = names;
  if (others.length === 0) return only;
  const shown = names.slice(0, namesShown).join(', ');
  return `${names.length} files: ${shown}${names.length > namesShown ? ', …' : ''}`;
}

function relativeTo(path: string, { directory }: NoticeLook): string {
  const name = relative(directory, path);
  const shown = name === '' || name.startsWith('../../') ? path : name;
  // A name may hold what ends lines or moves cursors.
  return /\p{Cc}/u.test(shown) ? JSON.stringify(shown) : shown;
}

/** `84 ms`, `1.2 s` */
export const formatMs = (ms: number): string => (ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
