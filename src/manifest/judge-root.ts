/** A document's verdict, with quoted variables given the types that its fields want. */
import { mapNodes } from './map-nodes.ts';
import { inspectObject, type ObjectVerdict } from './validate-object.ts';
import { placeOf, plainValue, type YamlNode, type YamlScalar } from './yaml-node.ts';

export interface Judged {
  /** as it is meant */
  readonly root: YamlNode;
  readonly verdict: ObjectVerdict;
}

/** `"${PORT}"` is a number where only a number fits: in `{…}` and `[…]` a variable cannot stand without quotes. */
export function judgeRoot(root: YamlNode): Judged {
  const verdict = inspectObject(plainValue(root));
  const misfits = new Set(verdict.errors.map(({ path }) => placeOf(root, path, false).node).filter(isQuotedVariable));
  if (misfits.size === 0) return { root, verdict };
  const fitting = mapNodes(root, (node) =>
    isQuotedVariable(node) && misfits.has(node) ? { ...node, value: node.unquoted } : node,
  );
  return { root: fitting, verdict: inspectObject(plainValue(fitting)) };
}

type QuotedVariable = YamlScalar & Required<Pick<YamlScalar, 'unquoted'>>;

function isQuotedVariable(node: YamlNode | undefined): node is QuotedVariable {
  return node?.kind === 'scalar' && node.unquoted !== undefined;
}
