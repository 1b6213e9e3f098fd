/** Variables of a podctl.dev/v1 document, put in before anything judges it. They change texts, never the structure. */
import { closestWord } from '../util/closest-word.ts';
import { maxSuggestions } from './check-effort.ts';
import {
  type Expansion,
  type ExpansionProblem,
  expandTemplate,
  newBudget,
  type VariableUse,
  type VariableValues,
} from './expand-template.ts';
import { type FieldPath, formatFieldPath } from './field-problem.ts';
import { mapNodes } from './map-nodes.ts';
import { escapeTemplate, parseTemplate, type TemplateVariable } from './template.ts';
import type { Span, YamlNode, YamlScalar } from './yaml-node.ts';
import { resolvePlainScalar } from './yaml-scalar.ts';

export interface VariableProblem {
  readonly span: Span;
  readonly field: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export interface Interpolation {
  readonly root: YamlNode;
  readonly problems: readonly VariableProblem[];
  /** in the order of the text; of a program's own texts only what is replaced */
  readonly variables: readonly VariableUse[];
}

/**
 * Only documents of podctl.dev have variables: a `v1` document means to Kubernetes what it means here. One that has a uid comes from
 * `podctl get`: its variables were put in when it was applied.
 */
export function hasVariables(root: YamlNode): boolean {
  const apiVersion = fieldOf(root, 'apiVersion');
  const isOurs = apiVersion?.kind === 'scalar' && String(apiVersion.value).startsWith('podctl');
  return isOurs && fieldOf(fieldOf(root, 'metadata'), 'uid') === undefined;
}

function fieldOf(node: YamlNode | undefined, name: string): YamlNode | undefined {
  return node?.kind === 'map' ? node.entries.get(name)?.node : undefined;
}

/** Expands every scalar value, keys stay. `text` is what the spans count in. */
export function interpolate(root: YamlNode, values: VariableValues, text: string): Interpolation {
  const session: Session = {
    ...{ values, text, budget: newBudget(), problems: [], variables: [] },
    ...{ said: new Set(), suggestions: 0 },
  };
  const expanded = mapNodes(root, (node, path) => (node.kind === 'scalar' ? expandScalar(session, node, path) : node));
  return { root: expanded, problems: session.problems, variables: session.variables };
}

/** The document that `interpolate` turns into this one, whatever variables there are. */
export function escapeVariables(root: YamlNode): YamlNode {
  return mapNodes(root, (node) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'string') return node;
    const value = escapeTemplate(node.value);
    return value === node.value ? node : { kind: 'scalar', span: node.span, value };
  });
}

interface Session extends Pick<Expansion, 'values' | 'budget'> {
  readonly text: string;
  readonly problems: VariableProblem[];
  readonly variables: VariableUse[];
  /** a value that comes through aliases is complained of once */
  readonly said: Set<string>;
  suggestions: number;
}

function expandScalar(session: Session, scalar: YamlScalar, path: FieldPath): YamlScalar {
  const written = scalar.plain ?? scalar.value;
  if (typeof written !== 'string' || !written.includes('${')) return scalar;
  const template = parseTemplate(written);
  if (!template.ok) {
    const { message, hint } = template.error;
    return unresolved(session, scalar, { span: spanIn(session, scalar, template.error.written), path, message, hint });
  }
  const { values, budget, variables } = session;
  const expansion: Expansion = { values, budget, isCommand: isCommandText(path), problems: [], used: variables };
  const expanded = expandTemplate(template.value, expansion);
  const [problem] = expansion.problems;
  if (problem !== undefined) return unresolved(session, scalar, describe(session, scalar, path, problem));
  if (budget.left < 0) return { ...scalar, unresolved: true };
  if (expanded === written) return scalar;
  const typed = resolvePlainScalar(expanded);
  if (scalar.plain !== undefined) return { ...scalar, value: typed };
  const unquoted = typeof typed === 'number' || typeof typed === 'boolean' ? { unquoted: typed } : {};
  return { ...scalar, value: expanded, ...unquoted };
}

/** argv of containers, programs, probes and hooks: lists named command or args; of dev rules also one text for a shell. */
function isCommandText(path: FieldPath): boolean {
  const last = path.at(-1);
  if (typeof last === 'number') return path.at(-2) === 'command' || path.at(-2) === 'args';
  return last === 'command' && typeof path.at(-2) === 'number' && path.at(-3) === 'watch';
}

interface Complaint {
  readonly span: Span;
  readonly path: FieldPath;
  readonly message: string;
  readonly hint: string | undefined;
}

function unresolved(session: Session, scalar: YamlScalar, { span, path, message, hint }: Complaint): YamlScalar {
  const words = `${span.start} ${message}`;
  if (!session.said.has(words)) session.problems.push({ span, field: formatFieldPath(path), message, hint });
  session.said.add(words);
  return { ...scalar, unresolved: true };
}

function describe(session: Session, scalar: YamlScalar, path: FieldPath, problem: ExpansionProblem): Complaint {
  const { variable, kind, message = '' } = problem;
  const span = spanIn(session, scalar, variable.written);
  const isSet = session.values.has(variable.name);
  const what = `variable ${variable.name} ${isSet ? 'is empty' : 'is not set'}`;
  switch (kind) {
    case 'unset':
      return { span, path, message: what, hint: unsetHint(session, variable) };
    case 'refused':
      return { span, path, message: message === '' ? what : `${what}: ${message}`, hint: nearHint(session, variable) };
    case 'too large':
      return { span, path, message: 'variables bring more than 1 MiB into the document', hint: undefined };
  }
}

function unsetHint(session: Session, { name, written }: TemplateVariable): string {
  const near = nearHint(session, { name });
  return near ?? `\${${name}:-} for an empty value, $${written} for the text itself`;
}

function nearHint(session: Session, { name }: Pick<TemplateVariable, 'name'>): string | undefined {
  if (session.values.has(name) || ++session.suggestions > maxSuggestions) return undefined;
  const near = closestWord(name, [...session.values.keys()]);
  return near === undefined ? undefined : `did you mean \${${near}}?`;
}

/** Where a part of a scalar is written; all of the scalar when quoting hides it. */
function spanIn({ text }: Session, { span }: YamlScalar, written: string): Span {
  const source = text.slice(span.start, span.end);
  for (let at = source.indexOf(written); at !== -1; at = source.indexOf(written, at + 1)) {
    if (source[at - 1] !== '$') return { start: span.start + at, end: span.start + at + written.length };
  }
  return span;
}
