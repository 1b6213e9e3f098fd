import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ImageMap } from '../model/image-map.ts';
import { parseRecord } from '../store/parse-record.ts';
import { PodError } from '../util/pod-error.ts';

export const imageMapVariable = 'PODCTL_TEST_IMAGE_MAP';

const words = z.array(z.string().min(1)).optional();
const schema = z.record(
  z.string(),
  z.strictObject({
    rootfs: z.string().startsWith('/').optional(),
    command: words,
    args: z.array(z.string()).optional(),
  }),
);

/** What the file of PODCTL_TEST_IMAGE_MAP says; undefined without it. Throws PodError `BadImageMap`. */
export function readImageMap(env: Readonly<Record<string, string | undefined>>): ImageMap | undefined {
  const file = env[imageMapVariable];
  if (!file) return undefined;
  const parsed = parseRecord<ImageMap>(readText(file), schema);
  if (parsed.ok) return parsed.value;
  throw new PodError('BadImageMap', `${imageMapVariable}: ${file}: ${parsed.error}`, {
    hint: 'it maps image names to {rootfs, command, args}, each of them optional; only tests need it',
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new PodError('BadImageMap', `${imageMapVariable}: ${file} cannot be read`, { cause });
  }
}
