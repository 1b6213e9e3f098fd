/** `node fuzz-child.mjs SEED`: parses one input after the other, telling the number of each before it begins, until it is ended. */
import { writeSync } from 'node:fs';
import { decodeUtf8 } from '../../../src/manifest/decode-utf8.ts';
import { formatDiagnostic } from '../../../src/manifest/format-diagnostic.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { fuzzInput } from './fuzz-inputs.ts';

const seed = Number(process.argv[2]);
const first = Number(process.argv[3] ?? 0);

for (let number = first; ; number++) {
  writeSync(1, `${number} ${process.memoryUsage.rss()}\n`);
  parseOnce(fuzzInput(seed, number));
}

/** As the command line does; whatever it throws ends the process. */
function parseOnce(bytes: Buffer): void {
  const text = decodeUtf8(bytes);
  if (!text.ok) return;
  const { pods, data, diagnostics } = parseManifest(text.value, 'fuzz.yaml');
  for (const diagnostic of diagnostics) {
    const { line, column } = diagnostic.position;
    if (!(line >= 1 && column >= 1)) throw new Error(`no place: ${JSON.stringify(diagnostic)}`);
    if (formatDiagnostic(diagnostic, { color: false }) === '') throw new Error('an empty message');
  }
  JSON.stringify([pods, data]);
}
