/** JSON Schemas of our manifests, for editors. */
import { z } from 'zod';
import { dataKinds, kindNames } from '../model/object-kinds.ts';
import type { DataKind } from '../model/object-manifest.ts';
import { dataRules } from './data-rules.ts';
import { podPodctl, podV1 } from './schema.ts';

/** File name → content, one schema per kind and apiVersion; the same text on every run. */
export function jsonSchemaFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    kindSchemas().map(({ singular, apiVersion, schema }) => [
      `${singular}-${apiVersion.replace('/', '-')}.schema.json`,
      `${JSON.stringify(jsonSchema(schema), null, 1)}\n`,
    ]),
  );
}

export interface KindSchema {
  readonly kind: 'Pod' | DataKind;
  readonly singular: string;
  readonly apiVersion: string;
  readonly schema: z.ZodType;
}

const ownVersion = 'podctl.dev/v1';

/** Every kind in each of its apiVersions, Kubernetes' first. */
export function kindSchemas(): readonly KindSchema[] {
  const pod = { kind: 'Pod', singular: 'pod' } as const;
  return [
    { ...pod, apiVersion: 'v1', schema: podV1 },
    { ...pod, apiVersion: ownVersion, schema: podPodctl },
    ...dataKinds.flatMap((kind) => {
      const { singular, apiVersion } = kindNames[kind];
      const { schema, ownSchema } = dataRules[kind];
      const own = ownSchema === undefined ? [] : [{ kind, singular, apiVersion: ownVersion, schema: ownSchema }];
      return [{ kind, singular, apiVersion, schema }, ...own];
    }),
  ];
}

/** As an editor reads it. */
export const jsonSchema = (schema: z.ZodType): object =>
  z.toJSONSchema(schema, { target: 'draft-7', io: 'input', override: ({ jsonSchema: json }) => tidy(json) });

/** Bounds that only say "a JavaScript integer" tell an editor nothing. */
function tidy(json: z.core.JSONSchema.BaseSchema): void {
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
}
