import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { jsonSchemaFiles } from '../../../src/manifest/json-schema.ts';

const files = Object.entries(jsonSchemaFiles());

describe('schemas/', () => {
  test.each(files)('%s is up to date (npm run schema)', (name, content) => {
    expect(readFileSync(new URL(`../../../schemas/${name}`, import.meta.url), 'utf8')).toBe(content);
  });

  test.each(files.filter(([name]) => name.startsWith('pod-')))(
    '%s describes the fields a person writes',
    (_, content) => {
      const schema = JSON.parse(content) as {
        readonly properties: {
          readonly spec: { readonly properties: Record<string, { readonly description?: string }> };
        };
      };
      for (const name of ['containers', 'restartPolicy', 'hostNetwork', 'hostname', 'terminationGracePeriodSeconds']) {
        expect(schema.properties.spec.properties[name]?.description, name).toMatch(/\w{3}/);
      }
    },
  );
});
