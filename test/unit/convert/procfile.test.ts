import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { convertProcfile } from '../../../src/convert/procfile.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

const convert = (text: string) => convertProcfile(text, 'Procfile', 'app');
const processesOf = (text: string): Record<string, unknown>[] => parse(convert(text).yaml).spec.containers[0].processes;

describe('convertProcfile', () => {
  test('runs each line through a shell, with a port of its own, all ending with one', () => {
    expect(processesOf('web: bundle exec rails s -p $PORT\nworker:   rake jobs  # not a comment\n')).toEqual([
      {
        name: 'web',
        command: ['/bin/sh', '-c', 'bundle exec rails s -p $PORT'],
        env: { PORT: '5000' },
        essential: true,
        restart: 'never',
      },
      {
        name: 'worker',
        command: ['/bin/sh', '-c', 'rake jobs  # not a comment'],
        env: { PORT: '5100' },
        essential: true,
        restart: 'never',
      },
    ]);
  });

  test('passes over comments and empty lines', () => {
    expect(processesOf('# a\n\n  \nweb: x\r\n').map(({ name }) => name)).toEqual(['web']);
  });

  test('makes labels of names, with a warning', () => {
    expect(processesOf('Web_1: x').map(({ name }) => name)).toEqual(['web-1']);
    expect(convert('Web_1: x').diagnostics).toMatchObject([{ severity: 'warning', position: { line: 1 } }]);
  });

  test('does not start a release phase', () => {
    expect(processesOf('release: migrate')[0]).toMatchObject({ autostart: false });
  });

  test('leaves $(command) and $$ to the shell', () => {
    expect(processesOf('a: echo $(date) $$')[0]?.command).toEqual(['/bin/sh', '-c', 'echo $$(date) $$$$']);
  });

  test('refuses what is no line of a Procfile, and a file without programs', () => {
    expect(convert('nonsense\nweb: x').diagnostics).toMatchObject([{ severity: 'error', position: { line: 1 } }]);
    expect(convert('').diagnostics).toMatchObject([{ severity: 'error', message: 'has no program' }]);
  });

  test('gives a manifest that our own rules accept', () => {
    const { yaml } = convert('web: a\nrelease: b\nx_y: c');
    const errors = parseManifest(yaml, 'x.yaml').diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors).toEqual([]);
  });
});
