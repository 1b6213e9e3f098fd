/** `node json-schema-main.js DIRECTORY`: writes the JSON Schemas there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemaFiles } from './json-schema.ts';

const directory = process.argv[2] ?? 'schemas';
mkdirSync(directory, { recursive: true });
for (const [name, content] of Object.entries(jsonSchemaFiles())) writeFileSync(join(directory, name), content);
