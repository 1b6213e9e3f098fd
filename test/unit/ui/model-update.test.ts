import { describe, expect, test } from 'vitest';
import { afterEvents, aView, other, press, shop, treeOf, type } from './a-view.ts';

const everything = [
  'default/shop',
  'default/shop/app',
  'default/shop/app/db',
  'default/shop/app/worker:0',
  'default/shop/app/worker:1',
  'default/shop/side',
  'prod/db',
  'prod/db/app',
];
/** The row that stands there after typing. */
const selectedAfter = (keys: string): string | undefined => type(aView(), keys).state.selected;
const commandsOf = (keys: string): unknown => type(aView(), keys).commands;

describe('the tree', () => {
  test('shows pods, containers and programs; a plain container is one row', () => {
    expect(treeOf(aView())).toEqual([`> ${everything[0]}`, ...everything.slice(1)]);
  });

  test.each([
    ['j', 1],
    ['jjk', 1],
    ['\u001b[B\u001b[B', 2],
    ['k', 0],
    ['G', 7],
    ['Gj', 7],
    ['Gg', 0],
    ['\u001b[F\u001b[H', 0],
  ])('%j selects row %i', (keys, row) => {
    expect(selectedAfter(keys)).toBe(everything[row]);
  });

  test('left folds what can be folded, then goes to what it belongs to; right unfolds', () => {
    const program = type(aView(), 'jj').state;
    const container = press(program, 'left');
    expect(container.selected).toBe('default/shop/app');
    const folded = press(container, 'left');
    expect(treeOf(folded)).toEqual([
      'default/shop',
      '> default/shop/app …',
      'default/shop/side',
      'prod/db',
      'prod/db/app',
    ]);
    expect(treeOf(press(folded, 'right'))).toHaveLength(everything.length);
  });

  test('folding a pod takes the selection of a row below along', () => {
    const folded = { ...type(aView(), 'jj').state, collapsed: new Set(['default/shop']) };
    expect(afterEvents(folded, { kind: 'noticed', notice: { text: '', tone: 'plain' } }).selected).toBe('default/shop');
  });

  test('the selected row stays selected when others come', () => {
    const state = type(aView(), 'jj').state;
    const groups = [{ ...other, pod: 'aaa' }, ...shop, other];
    expect(afterEvents(state, { kind: 'read', groups, atMs: 3000, nowMs: 1 }).selected).toBe(everything[2]);
  });

  test('a row that is gone leaves the selection to the one in its place', () => {
    const state = type(aView(), 'G').state;
    expect(afterEvents(state, { kind: 'read', groups: shop, atMs: 3000, nowMs: 1 }).selected).toBe('default/shop/side');
    const first = afterEvents(aView(), { kind: 'read', groups: [other], atMs: 3000, nowMs: 1 });
    expect(first.selected).toBe('prod/db');
    expect(afterEvents(first, { kind: 'read', groups: [], atMs: 3000, nowMs: 1 }).selected).toBeUndefined();
  });
});

describe('filters', () => {
  test('narrow while they are typed to what matches, with all above and below', () => {
    const typed = type(aView(), '/WORKER:1').state;
    expect(treeOf(typed)).toEqual(['> default/shop', 'default/shop/app', 'default/shop/app/worker:1']);
    expect(treeOf(type(typed, '\u007f\u007f').state)).toContain('default/shop/app/worker:0');
    expect(treeOf(type(aView(), '/prod').state)).toEqual(['> prod/db', 'prod/db/app']);
  });

  test('Enter keeps the filter, then Escape in the tree takes it away', () => {
    const kept = press(type(aView(), '/side').state, 'enter');
    expect([kept.filter, kept.mode.kind]).toEqual(['side', 'browse']);
    expect(press(kept, 'escape').filter).toBe('');
  });

  test('Escape while typing brings the earlier filter back', () => {
    const kept = press(type(aView(), '/side').state, 'enter');
    expect(press(type(kept, '/x').state, 'escape').filter).toBe('side');
  });

  test('letters that are keys elsewhere are typed', () => {
    expect(type(aView(), '/qrsD').state.filter).toBe('qrsD');
    expect(type(aView(), '/q').commands).toEqual([]);
  });

  test('n goes through the namespaces and back to all', () => {
    const one = type(aView(), 'n').state;
    const two = type(one, 'n').state;
    expect([one.namespace, two.namespace, type(two, 'n').state.namespace]).toEqual(['default', 'prod', undefined]);
    expect(treeOf(two)).toEqual(['> prod/db', 'prod/db/app']);
  });

  test('pods that were not asked for are not shown', () => {
    expect(treeOf(afterEvents(aView(), { kind: 'scoped', pods: ['prod/db'] }))).toEqual(['> prod/db', 'prod/db/app']);
  });
});

describe('actions', () => {
  const worker = { namespace: 'default', pod: 'shop', container: 'app', program: { program: 'worker', instance: 1 } };
  const db = { ...worker, program: { program: 'db' } };
  const pod = { namespace: 'default', pod: 'shop' };
  const app = { ...pod, container: 'app' };

  test.each([
    ['r', [{ kind: 'control', verb: 'restart', target: pod }]],
    ['jr', [{ kind: 'control', verb: 'restart', target: app }]],
    ['jjr', [{ kind: 'control', verb: 'restart', target: db }]],
    ['jjp', [{ kind: 'control', verb: 'pause', target: db }]],
    ['jjl', [{ kind: 'control', verb: 'reload', target: db }]],
    ['jjjjr', [{ kind: 'control', verb: 'restart', target: worker }]],
    ['jjjjs', [{ kind: 'control', verb: 'start', target: worker }]],
    ['jjsy', [{ kind: 'control', verb: 'stop', target: db }]],
    ['jjsn', []],
    ['jjsx', []],
    ['jjDy', [{ kind: 'delete', target: db }]],
    ['jx', [{ kind: 'shell', target: app }]],
    ['j!', [{ kind: 'shell', target: app }]],
    ['d', [{ kind: 'ask', panel: 'describe', target: pod }]],
    ['jjy', [{ kind: 'ask', panel: 'why', target: db }]],
    ['e', [{ kind: 'ask', panel: 'events', target: pod }]],
    ['\r\rr', [{ kind: 'control', verb: 'restart', target: pod }]],
    ['\rr', [{ kind: 'control', verb: 'restart', target: pod }]],
    ['q', [{ kind: 'quit' }]],
    ['\u0003', [{ kind: 'quit' }]],
    ['/abc\u0003', [{ kind: 'quit' }]],
    ['\rq', []],
    ['?q', []],
    ['\u000c', [{ kind: 'redraw' }]],
    ['z', []],
  ])('%j asks for %j', (keys, commands) => {
    expect(commandsOf(keys)).toEqual(commands);
  });

  test('what destroys is asked about by its name', () => {
    expect(type(aView(), 'jjs').state.mode).toMatchObject({ question: 'stop pod/shop/app/db?' });
    expect(type(aView(), 'jjD').state.mode).toMatchObject({ question: 'delete pod/shop?' });
  });

  test('nothing happens where nothing is selected', () => {
    const empty = afterEvents(aView(), { kind: 'read', groups: [], atMs: 3000, nowMs: 1 });
    expect(type(empty, 'rsldyexD').commands).toEqual([]);
  });
});

describe('panels', () => {
  const text = Array.from({ length: 50 }, (_, line) => `line ${line}`).join('\n');
  const open = afterEvents(aView(), { kind: 'panel', panel: 'describe', title: 'describe', text });
  const top = (keys: string): unknown => (type(open, keys).state.mode as { readonly top?: number }).top;

  test.each([
    ['j', 1],
    ['jk', 0],
    ['k', 0],
    ['G', 30],
    ['Gj', 30],
    ['Gk', 29],
    ['\u001b[6~', 19],
    [' ', 19],
    ['Gg', 0],
  ])('%j scrolls to line %i', (keys, line) => {
    expect(top(keys)).toBe(line);
  });

  test.each(['q', '?', '\r', '\u001b[D'])('%j leads back', (keys) => {
    expect(type(open, keys).state.mode.kind).toBe('browse');
  });

  test('help and messages are panels too', () => {
    expect(type(aView(), '?').state.mode).toMatchObject({ kind: 'panel', title: 'help' });
    expect(type(aView(), 'm').state.mode).toMatchObject({ kind: 'panel', title: 'messages' });
  });
});

describe('news', () => {
  test('a notice is shown until a key is pressed, and is kept', () => {
    const told = afterEvents(aView(), { kind: 'noticed', notice: { text: 'restarting', tone: 'plain' } });
    expect(told.showsNotice).toBe(true);
    const seen = type(told, 'j').state;
    expect([seen.showsNotice, seen.notices.length]).toEqual([false, 1]);
  });

  test('each connection is another epoch', () => {
    const lost = afterEvents(aView(), { kind: 'lost', why: 'podd ended' });
    expect(lost.connection).toBe('lost');
    const system = lost.system;
    if (system === undefined) throw new Error('never connected');
    expect(afterEvents(lost, { kind: 'connected', system })).toMatchObject({ connection: 'up', epoch: lost.epoch + 1 });
  });

  test('lines of another log than the selected one are left out', () => {
    const state = afterEvents(aView(), { kind: 'log-began', source: 'a' });
    expect(afterEvents(state, { kind: 'logged', source: 'b', lines: ['x'] })).toBe(state);
    expect(afterEvents(state, { kind: 'logged', source: 'a', lines: ['x'] }).log.lines).toEqual(['x']);
  });
});
