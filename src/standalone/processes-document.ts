/** The outside of a file of processes: `processes: […]`, alone or under apiVersion and kind. Pure. */
import type { FieldPath, FieldProblem } from '../manifest/field-problem.ts';
import { fieldProblem, invalid, quoteValue, required, unsupported } from '../manifest/field-problem.ts';
import { maxProcessesBytes } from '../manifest/limits.ts';
import { createSourceText } from '../manifest/source-text.ts';
import { readYamlDocuments } from '../manifest/yaml-document.ts';
import { placeOf, plainValue, type Span, type YamlNode } from '../manifest/yaml-node.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { closestWord } from '../util/closest-word.ts';
import { err, ok, type Result } from '../util/result.ts';

export interface FileContext {
  /** as written; an entry may be anything */
  readonly processes: readonly (Readonly<Record<string, unknown>> | null)[];
  /** what is wrong outside of processes */
  readonly diagnostics: readonly Diagnostic[];
  readonly diagnose: (severity: Diagnostic['severity'], problem: FieldProblem) => Diagnostic;
}

const apiVersion = 'podctl.dev/v1';
const kind = 'Processes';
const keys = ['apiVersion', 'kind', 'processes'];

/** The error: nothing can be said about its programs. */
export function decodeDocuments(text: string, file: string): Result<FileContext, readonly Diagnostic[]> {
  const source = createSourceText(text);
  const at = (
    severity: Diagnostic['severity'],
    span: Span,
    what: Pick<FieldProblem, 'field' | 'message' | 'hint'>,
  ) => ({
    ...{ severity, file, field: what.field, message: what.message },
    ...(what.hint === undefined ? {} : { hint: what.hint }),
    position: source.positionAt(span.start),
    sourceLine: source.lineAt(span.start),
    length: source.lengthOf(span.start, span.end),
  });
  const whole = { start: 0, end: 1 };
  const refuse = (message: string, span: Span = whole) => err([at('error', span, { field: '', message })]);
  if (text.length > maxProcessesBytes) return refuse(`the file is larger than ${maxProcessesBytes} bytes (1 MiB)`);
  if (/[^\t\n\r\x20-\x7e\x85\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(text)) {
    return refuse('is not text: it contains a control character');
  }
  const documents = readYamlDocuments(text);
  const syntax = documents.flatMap(({ problems }) => problems);
  if (syntax.length > 0) {
    return err(
      syntax.map(({ span, message, hint }) =>
        at('error', span, { field: '', message, ...(hint === undefined ? {} : { hint }) }),
      ),
    );
  }
  const roots = documents.flatMap(({ root }) => (root === undefined ? [] : [root]));
  const [root, second] = roots;
  if (root === undefined) return refuse('is empty: give processes: [{name: web, command: [web]}]');
  if (second !== undefined) return refuse('has more than one document: give one list of processes', second.span);
  const diagnose = (severity: Diagnostic['severity'], problem: FieldProblem): Diagnostic => {
    const place = placeOf(root, problem.path, problem.at === 'key');
    const plain = place.node?.kind === 'scalar' ? place.node.plain : undefined;
    const hint = problem.quotable && plain !== undefined ? `quote it: "${plain}"` : problem.hint;
    return at(severity, place.span, { ...problem, ...(hint === undefined ? {} : { hint }) });
  };
  const outside = judgeOutside(root);
  const list = plainList(root);
  const diagnostics = outside.map((problem) => diagnose('error', problem));
  return list === undefined ? err(diagnostics) : ok({ processes: list, diagnostics, diagnose });
}

const plainList = (root: YamlNode): FileContext['processes'] | undefined => {
  const node = root.kind === 'map' ? root.entries.get('processes')?.node : undefined;
  return node?.kind === 'list' ? (plainValue(node) as FileContext['processes']) : undefined;
};

function judgeOutside(root: YamlNode): FieldProblem[] {
  if (root.kind !== 'map') return [fieldProblem([], 'must be a map', { hint: 'begin with processes:' })];
  const unknown = [...root.entries.keys()].filter((key) => !keys.includes(key));
  const processes = root.entries.get('processes')?.node;
  return [
    ...unknown.map(unknownKey),
    ...expectText(root, 'apiVersion', apiVersion),
    ...expectText(root, 'kind', kind),
    ...(processes === undefined ? [fieldProblem(['processes'], required())] : []),
    ...(processes === undefined || processes.kind === 'list'
      ? []
      : [fieldProblem(['processes'], invalid(plainValue(processes), 'must be a list'))]),
  ];
}

function unknownKey(key: string): FieldProblem {
  const near = closestWord(key, keys);
  return fieldProblem([key], `unknown field ${quoteValue(key)}`, {
    at: 'key',
    hint: near === undefined ? `only ${keys.join(', ')}` : `did you mean "${near}"?`,
  });
}

/** Either may be left out. */
function expectText(root: YamlNode & { readonly kind: 'map' }, key: string, wanted: string): FieldProblem[] {
  const path: FieldPath = [key];
  const node = root.entries.get(key)?.node;
  if (node === undefined || plainValue(node) === wanted) return [];
  const hint = plainValue(node) === 'Pod' ? 'a pod is for podctl apply' : undefined;
  return [fieldProblem(path, unsupported(plainValue(node), [wanted]), { hint })];
}
