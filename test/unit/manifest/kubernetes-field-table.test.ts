import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { podV1 } from '../../../src/manifest/schema.ts';
import { schemaAt } from '../../../src/manifest/schema-problems.ts';
import { fieldGroups, formatFieldTables, judgeField } from '../../support/kubernetes-field-table.ts';

const readme = new URL('../../../README.md', import.meta.url);
const howToWrite =
  'PODCTL_WRITE_FIELDS=1 npx vitest run --project unit test/unit/manifest/kubernetes-field-table.test.ts';
const begin = `<!-- fields: ${howToWrite} -->`;
const end = '<!-- end of fields -->';

describe.each(fieldGroups.map((group) => [group.title, group] as const))('the table of %s', (_, group) => {
  test('has every field of Kubernetes, in the order of the alphabet', () => {
    const schema = schemaAt(podV1, group.path);
    const object = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
    const known = object instanceof z.ZodObject ? Object.keys(object.shape) : [];
    expect(known.length).toBeGreaterThan(2);
    expect(Object.keys(group.notes)).toEqual([...known].sort());
  });

  test.each(Object.keys(group.notes))('judges %s by a pod that has nothing else to be told of', (name) => {
    expect(judgeField(group, name).stray).toEqual([]);
  });
});

test('README shows what is said today', () => {
  const text = readFileSync(readme, 'utf8');
  const tables = `${begin}\n\n${formatFieldTables()}\n${end}`;
  const shown = text.slice(text.indexOf(begin), text.indexOf(end) + end.length);
  if (process.env.PODCTL_WRITE_FIELDS === undefined) expect(shown, `write it anew: ${howToWrite}`).toBe(tables);
  else
    writeFileSync(
      readme,
      text.replace(shown, () => tables),
    );
});
