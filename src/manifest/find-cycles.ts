/**
 * Cycles of a directed graph, each as the nodes on it in order, beginning with the one that comes first in `edges`. No two share a node,
 * and there is one whenever the graph has any. Targets that are no node, and edges of a node to itself, do not count. Not recursive.
 */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map([...edges.keys()].map((node, index) => [node, index]));
  const search: Search = { edges, path: [], onPath: new Set(), done: new Set(), told: new Set(), cycles: [] };
  for (const node of edges.keys()) searchFrom(search, node);
  return search.cycles.map((cycle) => beginAtFirst(cycle, order));
}

interface Search {
  readonly edges: ReadonlyMap<string, readonly string[]>;
  /** from the start to where we are, with the targets not looked at yet */
  readonly path: { readonly node: string; readonly targets: Iterator<string> }[];
  readonly onPath: Set<string>;
  readonly done: Set<string>;
  /** nodes on cycles found */
  readonly told: Set<string>;
  readonly cycles: string[][];
}

/** Depth first: an edge to a node on the path closes a cycle. */
function searchFrom(search: Search, start: string): void {
  enter(search, start);
  for (let at = search.path.at(-1); at !== undefined; at = search.path.at(-1)) {
    const next = at.targets.next();
    if (next.done === true) leave(search);
    else if (next.value !== at.node && search.onPath.has(next.value)) tell(search, next.value);
    else enter(search, next.value);
  }
}

function enter(search: Search, node: string): void {
  const targets = search.edges.get(node);
  if (targets === undefined || search.done.has(node) || search.onPath.has(node)) return;
  search.onPath.add(node);
  search.path.push({ node, targets: targets.values() });
}

function leave({ path, onPath, done }: Search): void {
  const left = path.pop();
  if (left === undefined) return;
  onPath.delete(left.node);
  done.add(left.node);
}

function tell({ path, told, cycles }: Search, first: string): void {
  const cycle = path.slice(path.findIndex(({ node }) => node === first)).map(({ node }) => node);
  if (cycle.some((node) => told.has(node))) return;
  for (const node of cycle) told.add(node);
  cycles.push(cycle);
}

function beginAtFirst(cycle: readonly string[], order: ReadonlyMap<string, number>): string[] {
  const rank = (node: string): number => order.get(node) ?? 0;
  const first = cycle.reduce((best, node, index) => (rank(node) < rank(cycle[best] ?? '') ? index : best), 0);
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}
