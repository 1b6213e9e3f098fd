import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Client } from '../../../src/cli/client.ts';
import { tailOfLog } from '../../../src/cli/tail-of-log.ts';
import { aProgram } from '../../support/programs.ts';

const owner = { namespace: 'default', pod: 'web', container: 'app' };

/** What it asked for, and what came of it. */
async function ask(program?: ReturnType<typeof aProgram>, text = '') {
  const asked: string[] = [];
  const stream = async (path: string) => {
    asked.push(path);
    return Readable.from([Buffer.from(text)]);
  };
  const lines = await tailOfLog({ stream } as unknown as Client, { ...owner, ...(program && { program }) });
  const [query] = asked.map((path) => new URL(path, 'http://podd').searchParams);
  return { lines, program: query?.get('program'), prefix: query?.get('prefix') };
}

test.each([
  ['a program without instances', aProgram('web'), 'web:0'],
  ['the first of several instances, whose key is the program’s name', aProgram('web', { hasInstances: true }), 'web:0'],
  ['the second', aProgram('web:1'), 'web:1'],
])('asks for the log of one instance: %s', async (_what, program, ref) => {
  expect(await ask(program)).toMatchObject({ program: ref, prefix: 'never' });
});

test('asks for all of a container with their names', async () => {
  expect(await ask()).toMatchObject({ program: null, prefix: 'auto' });
});

test('shows no empty lines and no escapes', async () => {
  expect((await ask(undefined, 'a\n\n\u001b[2Jb\n')).lines).toEqual(['a', '^[[2Jb']);
});
