/** What a field of a kind is, in the words of its schema: `deployment.spec.strategy`, as kubectl explains it. Pure. */
import { closestWord } from '../util/closest-word.ts';
import { err, ok, type Result } from '../util/result.ts';
import { notHonoured } from './honour.ts';
import { isContainerList } from './listed-containers.ts';

/** A part of a JSON Schema. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
}

export interface ExplainedField {
  readonly name: string;
  /** `string`, `[]Container`, `map[string]string` */
  readonly type: string;
  readonly description?: string;
  readonly choices?: readonly string[];
  readonly isRequired: boolean;
  /** what is said where it is given: nothing acts on it */
  readonly warning?: string;
  readonly fields: readonly ExplainedField[];
}

interface Place {
  readonly root: SchemaNode;
  /** from the object on, without places in lists */
  readonly path: readonly string[];
}

/** The field at a path, and `depth` levels of those in it. An error names the nearest field that there is. */
export function explainField(root: SchemaNode, path: readonly string[], depth: number): Result<ExplainedField, string> {
  let node = root;
  let isRequired = false;
  for (const [index, name] of path.entries()) {
    const fields = fieldsIn(node, root);
    const next = fields.get(name);
    if (next === undefined)
      return err(`field "${path.slice(0, index + 1).join('.')}" does not exist${nearest(name, fields)}`);
    isRequired = requiredIn(node, root).has(name);
    node = next;
  }
  return ok(explain(node, path.at(-1) ?? '', { root, path }, { isRequired, depth }));
}

function nearest(name: string, fields: ReadonlyMap<string, SchemaNode>): string {
  const word = closestWord(name, [...fields.keys()]);
  return word === undefined ? '' : ` (did you mean ${word}?)`;
}

function explain(
  node: SchemaNode,
  name: string,
  { root, path }: Place,
  { isRequired, depth }: { readonly isRequired: boolean; readonly depth: number },
): ExplainedField {
  const { description } = node.description === undefined ? resolve(node, root) : node;
  const choices = choicesOf(node, root);
  const warning = warningOf(path);
  const required = requiredIn(node, root);
  const fields = depth === 0 ? [] : [...fieldsIn(node, root)];
  return {
    ...{ name, type: typeOf(node, root), isRequired },
    ...(description === undefined ? {} : { description }),
    ...(choices.length === 0 ? {} : { choices }),
    ...(warning === undefined ? {} : { warning }),
    fields: fields
      .map(([inner, field]) =>
        explain(field, inner, { root, path: [...path, inner] }, { isRequired: required.has(inner), depth: depth - 1 }),
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Behind names and alternatives that stand for one thing. */
function resolve(node: SchemaNode, root: SchemaNode): SchemaNode {
  const [only, ...more] = node.allOf ?? [];
  if (only !== undefined && more.length === 0) return resolve(only, root);
  const name = nameOf(node);
  const found = name === undefined ? undefined : root.definitions?.[name];
  return found === undefined ? node : resolve(found, root);
}

const nameOf = ({ $ref }: SchemaNode): string | undefined => $ref?.replace(/^#\/definitions\//, '');

/** Of a list those of its items, of a map those of its values, of alternatives those of each. */
function fieldsIn(node: SchemaNode, root: SchemaNode): ReadonlyMap<string, SchemaNode> {
  const { properties, items, additionalProperties, anyOf } = resolve(node, root);
  if (properties !== undefined) return new Map(Object.entries(properties));
  if (items !== undefined) return fieldsIn(items, root);
  if (typeof additionalProperties === 'object') return fieldsIn(additionalProperties, root);
  return new Map((anyOf ?? []).flatMap((one) => [...fieldsIn(one, root)]));
}

function requiredIn(node: SchemaNode, root: SchemaNode): ReadonlySet<string> {
  const { required = [], items } = resolve(node, root);
  return items === undefined ? new Set(required) : requiredIn(items, root);
}

function typeOf(node: SchemaNode, root: SchemaNode): string {
  const name = nameOf(node) ?? nameOf(node.allOf?.[0] ?? {});
  const { type, properties, items, additionalProperties, anyOf } = resolve(node, root);
  if (items !== undefined) return `[]${typeOf(items, root)}`;
  if (name !== undefined) return name;
  if (properties !== undefined) return 'Object';
  if (typeof additionalProperties === 'object') return `map[string]${typeOf(additionalProperties, root)}`;
  if (anyOf !== undefined) return [...new Set(anyOf.map((one) => typeOf(one, root)))].join('|');
  return type === 'object' || type === undefined ? 'Object' : type;
}

function choicesOf(node: SchemaNode, root: SchemaNode): readonly string[] {
  const { enum: words, const: word } = resolve(node, root);
  const all = word === undefined ? (words ?? []) : [word];
  return all.map(String).filter((choice) => choice !== '');
}

/** Fields of a pod, and of a template for pods. */
function warningOf(path: readonly string[]): string | undefined {
  const inPod = path.slice(path.lastIndexOf('template') + 1);
  const [spec = '', list, ...rest] = inPod;
  return notHonoured(isContainerList(list) && rest.length > 0 ? [spec, list ?? '', '', ...rest] : inPod);
}
