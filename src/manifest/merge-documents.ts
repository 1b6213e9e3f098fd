/** Documents of several files put together: one of the same kind, namespace and name as one of an earlier file changes that one. */
import type { Diagnostic } from '../model/diagnostic.ts';
import { closestWord } from '../util/closest-word.ts';
import { diagnosticAt, placeInText } from './diagnose.ts';
import { duplicate, formatFieldPath, required } from './field-problem.ts';
import { escapeVariables, hasVariables } from './interpolate.ts';
import type { ManifestDocument } from './manifest-documents.ts';
import { type MergeProblem, mergeNodes, type YamlMap } from './merge-nodes.ts';
import { type Origin, placeOf, type Span, type YamlEntry, type YamlNode } from './yaml-node.ts';

/**
 * `layers`: the documents of each `-f`, the later ones on top. Objects stay where the first of their documents stood, new ones are
 * added behind. A merged document's problems are those of all its parts.
 */
export function mergeDocuments(
  layers: readonly (readonly ManifestDocument[])[],
  defaultNamespace = 'default',
): ManifestDocument[] {
  const merging: Merging = { documents: [], named: new Map(), defaultNamespace };
  layers.forEach((documents, layer) => {
    for (const document of documents) takeDocument(merging, document, layer);
  });
  return merging.documents.filter((document) => document !== undefined);
}

interface Merging {
  /** undefined where `$patch: delete` removed one */
  readonly documents: (ManifestDocument | undefined)[];
  readonly named: Map<string, Named>;
  readonly defaultNamespace: string;
}

interface Named extends Identity {
  /** in `documents` */
  readonly index: number;
  /** the last layer that had a part in it, with the place of its name there */
  readonly layer: number;
  readonly origin: Origin;
  readonly span: Span;
}

interface Identity {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function takeDocument(
  { documents, named, defaultNamespace }: Merging,
  document: ManifestDocument,
  layer: number,
): void {
  const { origin, root } = document;
  const identity = root?.kind === 'map' ? identityOf(root, defaultNamespace) : undefined;
  if (root?.kind !== 'map' || identity === undefined) return void documents.push(document);
  const id = JSON.stringify(identity);
  const earlier = named.get(id);
  const { span } = placeOf(root, ['metadata', 'name'], false);
  const index = earlier?.index ?? documents.length;
  if (earlier?.layer === layer) return void documents.push(withoutRoot(document, twice(document, earlier, span)));
  const before = documents[index];
  if (before === undefined) {
    const stranger = layer === 0 ? undefined : strangerAt(origin, span, identity, [...named.values()]);
    documents[index] = stranger === undefined ? document : { ...document, stranger };
  } else documents[index] = mergeDocument(before, document, root);
  named.set(id, { ...identity, index, layer, origin, span });
  if (documents[index] === undefined) named.delete(id);
}

/** Undefined for what names itself not well enough to be told from others: it is judged alone. */
function identityOf({ entries }: YamlMap, defaultNamespace: string): Identity | undefined {
  const metadata = entries.get('metadata')?.node;
  const fields = metadata?.kind === 'map' ? metadata.entries : undefined;
  const [kind, name] = [textOf(entries.get('kind')), textOf(fields?.get('name'))];
  if (kind === undefined || name === undefined) return undefined;
  return { kind, name, namespace: textOf(fields?.get('namespace')) || defaultNamespace };
}

function textOf(entry: YamlEntry | undefined): string | undefined {
  return entry?.node.kind === 'scalar' && typeof entry.node.value === 'string' ? entry.node.value : undefined;
}

/** Undefined when the overlay removes it. */
function mergeDocument(
  base: ManifestDocument,
  overlay: ManifestDocument,
  overlayRoot: YamlMap,
): ManifestDocument | undefined {
  if (base.root?.kind !== 'map') return base;
  const found: MergeProblem[] = [];
  if (!overlayRoot.entries.has('apiVersion')) found.push(missingVersion(overlayRoot));
  const isMixed = (base.isVerbatim ?? false) && hasVariables(base.root) !== hasVariables(overlayRoot);
  const [below, above] = isMixed ? [asOurs(base.root), asOurs(overlayRoot)] : [base.root, overlayRoot];
  const root = mergeNodes(below, withOrigin(above, overlay.origin) as YamlMap, found);
  if (root === undefined) return undefined;
  const problems = found.map(({ span, path, ...words }) =>
    diagnosticAt(overlay.origin, 'error', span, { field: formatFieldPath(path), ...words }),
  );
  return {
    ...base,
    root: withVersionOf(root, base.root),
    problems: [...base.problems, ...overlay.problems, ...problems],
    variables: [...base.variables, ...overlay.variables],
  };
}

/** With variables in one of the two, what looks like one in the other is text. */
function asOurs(root: YamlMap): YamlMap {
  return hasVariables(root) ? root : (escapeVariables(root) as YamlMap);
}

function missingVersion(root: YamlMap): MergeProblem {
  const { span } = placeOf(root, ['apiVersion'], false);
  return { span, path: ['apiVersion'], message: required(), hint: 'apiVersion: podctl.dev/v1' };
}

/** What was podctl's stays so, also under an overlay of plain Kubernetes. */
function withVersionOf(root: YamlMap, base: YamlMap): YamlMap {
  const written = base.entries.get('apiVersion');
  const isLost = written !== undefined && hasVariables(base) && textOf(root.entries.get('apiVersion')) === 'v1';
  return isLost ? { ...root, entries: new Map(root.entries).set('apiVersion', written) } : root;
}

/** The tree with every place in it saying which text it is of. */
function withOrigin(node: YamlNode, origin: Origin): YamlNode {
  const at = (span: Span): Span => ({ origin, ...span });
  switch (node.kind) {
    case 'scalar':
      return { ...node, span: at(node.span) };
    case 'list':
      return { ...node, span: at(node.span), items: node.items.map((item) => withOrigin(item, origin)) };
    case 'map': {
      const entries = [...node.entries].map(([name, entry]): [string, YamlEntry] => [
        name,
        { key: at(entry.key), node: withOrigin(entry.node, origin) },
      ]);
      return { ...node, span: at(node.span), entries: new Map(entries) };
    }
  }
}

function twice({ origin }: ManifestDocument, { kind, name, ...earlier }: Named, span: Span): Diagnostic {
  const { file, position } = placeInText(earlier.origin, earlier.span);
  return diagnosticAt(origin, 'error', span, {
    field: 'metadata.name',
    message: `${duplicate(name)}: ${file}:${position.line} already has a ${kind} of this name`,
    hint: 'put the two documents together, or into two files that are merged',
  });
}

function withoutRoot({ root: _, ...document }: ManifestDocument, problem: Diagnostic): ManifestDocument {
  return { ...document, problems: [...document.problems, problem] };
}

/** For the case that it was meant to change another document and is not whole in itself. */
function strangerAt(
  origin: Origin,
  span: Span,
  { kind, namespace, name }: Identity,
  known: readonly Identity[],
): Diagnostic | undefined {
  const others = known.filter((one) => one.kind === kind);
  const near = closestWord(
    name,
    others.filter((one) => one.namespace === namespace).map((one) => one.name),
  );
  const elsewhere = others.find((one) => one.name === name);
  const hint =
    near !== undefined
      ? `did you mean "${near}"?`
      : elsewhere === undefined
        ? undefined
        : `there is one in namespace ${elsewhere.namespace}`;
  const message = `no earlier file has a ${kind} of this name in namespace ${namespace}: nothing is merged with this one`;
  return others.length === 0
    ? undefined
    : diagnosticAt(origin, 'error', span, { field: 'metadata.name', message, hint });
}
