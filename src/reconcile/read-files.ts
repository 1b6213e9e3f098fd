/** Reads the files that manifests refer to (model/materials.ts). Only reads: dry runs use it too. */
import { parseEnv } from 'node:util';
import { decodeUtf8 } from '../manifest/decode-utf8.ts';
import { isMissing, readFileBytes } from '../manifest/read-bytes.ts';
import type { References } from '../manifest/references.ts';
import { type FileMaterials, noFiles } from '../model/materials.ts';

/** The kernel gives a program at most 2 MiB of arguments and environment (execve(2), a quarter of an 8 MiB stack) */
const maxEnvFileBytes = 1024 * 1024;

/** Every file that these refer to and `known` does not hold, beside what that holds. Never rejects. */
export async function readFiles(
  references: readonly References[],
  known: FileMaterials = noFiles,
): Promise<FileMaterials> {
  const wanted = unreadPaths(references, known);
  const read = await Promise.all(wanted.map(async (path) => [path, await readEnvFile(path)] as const));
  return { ...known, envFiles: new Map([...known.envFiles, ...read]) };
}

/** Whether these refer to no file that `known` does not hold. */
export const isRead = (references: readonly References[], known: FileMaterials): boolean =>
  unreadPaths(references, known).length === 0;

function unreadPaths(references: readonly References[], known: FileMaterials): readonly string[] {
  const paths = new Set(references.flatMap(({ envFiles }) => envFiles.map(({ file }) => file)));
  return [...paths].filter((path) => !known.envFiles.has(path));
}

type EnvFile = ReadonlyMap<string, string> | string;

/** Its variables; a text says why it cannot be read; undefined: it does not exist. */
async function readEnvFile(path: string): Promise<EnvFile | undefined> {
  const bytes = await readFileBytes(path, path);
  if (bytes.ok) return parseEnvFile(bytes.value);
  return isMissing(bytes.error) ? undefined : bytes.error.message;
}

function parseEnvFile(bytes: Uint8Array): EnvFile {
  if (bytes.length > maxEnvFileBytes) return `has ${bytes.length} bytes, more than the ${maxEnvFileBytes} allowed`;
  const text = decodeUtf8(bytes);
  if (!text.ok || text.value.includes('\0')) return 'is not UTF-8 text';
  const variables = Object.entries(parseEnv(text.value.replace(/^\ufeff/, '')));
  return new Map(variables.map(([name, value]) => [name, value ?? '']));
}
