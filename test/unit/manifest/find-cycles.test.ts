import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCycles } from '../../../src/manifest/find-cycles.ts';

const graph = (edges: Readonly<Record<string, readonly string[]>>) => new Map(Object.entries(edges));

describe('findCycles', () => {
  test.each<[string, Readonly<Record<string, readonly string[]>>, string[][]]>([
    ['a chain', { a: ['b'], b: ['c'], c: [] }, []],
    ['a diamond', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
    ['an edge to itself', { a: ['a'] }, []],
    ['an unknown target', { a: ['x'] }, []],
    ['a pair', { a: ['b'], b: ['a'] }, [['a', 'b']]],
    ['a cycle behind a tail', { tail: ['b'], a: ['b'], b: ['c'], c: ['a'] }, [['a', 'b', 'c']]],
    [
      'two cycles',
      { a: ['b'], b: ['a'], c: ['d'], d: ['c'] },
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['two cycles with a node in common, told once', { a: ['b', 'c'], b: ['a'], c: ['a'] }, [['a', 'b']]],
  ])('of %s', (_, edges, cycles) => {
    expect(findCycles(graph(edges))).toEqual(cycles);
  });

  test('of a chain of 50,000 that ends at its beginning', () => {
    const names = Array.from({ length: 50_000 }, (_, index) => `p${index}`);
    const edges = new Map(names.map((name, index) => [name, [names[(index + 1) % names.length] ?? '']]));
    expect(findCycles(edges)).toEqual([names]);
  });

  const graphs = fc
    .array(fc.array(fc.nat(7), { maxLength: 3 }), { maxLength: 8 })
    .map((targets): Map<string, string[]> => {
      const all = targets.map(
        (list, index) => [`n${index}`, [...new Set(list)].map((to) => `n${to}`)] as [string, string[]],
      );
      return new Map(all);
    });

  /** Kahn: what is left when nodes without open targets are taken away again and again. */
  function isCyclic(edges: ReadonlyMap<string, readonly string[]>): boolean {
    const left = new Map(
      [...edges].map(([node, to]) => [node, to.filter((target) => target !== node && edges.has(target))]),
    );
    for (let before = -1; before !== left.size; ) {
      before = left.size;
      for (const [node, to] of left) if (to.every((target) => !left.has(target))) left.delete(node);
    }
    return left.size > 0;
  }

  test('finds one exactly when there is one, made of real edges, none sharing a node', () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        const cycles = findCycles(edges);
        expect(cycles.length > 0).toBe(isCyclic(edges));
        for (const cycle of cycles) {
          cycle.forEach((node, index) => {
            expect(edges.get(node)).toContain(cycle[(index + 1) % cycle.length]);
          });
        }
        const all = cycles.flat();
        expect(new Set(all).size).toBe(all.length);
      }),
      { numRuns: 500 },
    );
  });
});
