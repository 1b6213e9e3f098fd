/** JSON Schemas of our manifests, for editors. */
import { z } from 'zod';
import { dataKinds, kindNames } from '../model/object-kinds.ts';
import { dataRules } from './data-rules.ts';
import { podPodctl, podV1 } from './schema.ts';

/** File name → content, one schema per kind and apiVersion; the same text on every run. */
export function jsonSchemaFiles(): Readonly<Record<string, string>> {
  return {
    'pod-v1.schema.json': schemaText(podV1),
    'pod-podctl.dev-v1.schema.json': schemaText(podPodctl),
    ...Object.fromEntries(
      dataKinds.map((kind) => {
        const { singular, apiVersion } = kindNames[kind];
        return [`${singular}-${apiVersion.replace('/', '-')}.schema.json`, schemaText(dataRules[kind].schema)];
      }),
    ),
  };
}

function schemaText(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => tidy(jsonSchema),
  });
  return `${JSON.stringify(json, null, 1)}\n`;
}

/** Bounds that only say "a JavaScript integer" tell an editor nothing. */
function tidy(json: z.core.JSONSchema.BaseSchema): void {
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
}
