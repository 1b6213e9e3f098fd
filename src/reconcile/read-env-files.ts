/** Variables that stand in files which other containers of the pod wrote (Kubernetes fileKeyRef), as they are at this moment. */
import { closeSync } from 'node:fs';
import { fileFields } from '../launch/fill-late.ts';
import { type EnvFileContent, parseEnvFile, valueInEnvFile } from '../launch/parse-env-file.ts';
import { openInDirectory, readRegular } from '../linux/regular-file.ts';
import { type FileKey, fileKeyOf, type LateValues } from '../model/late-value.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { isInMemory, type MountSpec } from '../model/volume-spec.ts';
import { PodError } from '../util/pod-error.ts';
import { volumePath } from '../volume/paths.ts';
import type { Engine } from './engine.ts';
import type { Pod } from './pod.ts';

/** Values by the late values' fields; what is not there and need not be is absent. */
export type FileValues = Readonly<Record<string, string>>;

/** The kubelet's bounds. */
const maxKeyLength = 128;
const maxValueBytes = 32 * 1024;

/** Of what the container asks for and does not know. Rejects with PodError `EnvFile`, in the kubelet's words. */
export async function readEnvFiles(
  engine: Engine,
  pod: Pod,
  container: ContainerSpec,
  known?: LateValues,
): Promise<FileValues> {
  const values: Record<string, string> = {};
  const files = new Map<string, EnvFileContent>();
  for (const field of fileFields(container)) {
    const file = fileKeyOf(field);
    if (file === undefined || known?.values[field] !== undefined) continue;
    const place = `${file.volume}/${file.path}`;
    const content = files.get(place) ?? parseEnvFile((await readFile(engine, pod, file)) ?? '');
    files.set(place, content);
    const value = valueIn(content, file);
    if (value !== undefined) values[field] = value;
  }
  return values;
}

/** Undefined: it is not there, or no container mounts the volume. */
async function readFile(engine: Engine, pod: Pod, { volume, path }: FileKey): Promise<string | undefined> {
  const mounts = pod.spec.containers.flatMap((container) => container.mounts);
  const mount = mounts.find((candidate) => candidate.volume === volume);
  if (mount === undefined) return undefined;
  try {
    if (isInMemory(mount.source)) return await engine.deps.zygote.readMemory(pod.uid, volume, path);
    return readOnDisk(engine, pod, mount, path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new PodError('EnvFile', `couldn't parse env file: read ${path} of volume ${volume}`, { cause: error });
  }
}

function readOnDisk(engine: Engine, pod: Pod, mount: MountSpec, path: string): string {
  const owner = { uid: pod.uid, namespace: pod.spec.namespace };
  const handle = openInDirectory(volumePath(mount, owner, engine.deps.paths), path);
  try {
    return readRegular(handle, path);
  } finally {
    closeSync(handle);
  }
}

function valueIn(content: EnvFileContent, { volume, path, key, optional }: FileKey): string | undefined {
  const file = `file "${path}" of volume "${volume}"`;
  if (key.length > maxKeyLength)
    throw refusal(`environment variable key "${key}" exceeds maximum length of ${maxKeyLength} characters`);
  const parsed = valueInEnvFile(content, key);
  if (!parsed.ok) throw refusal(`couldn't parse env file: ${file}: ${parsed.error}`);
  const { value } = parsed;
  if (value === undefined && !optional) throw refusal(`environment variable key "${key}" not found in ${file}`);
  if (value?.includes('\0')) throw refusal(`couldn't parse env file: ${file}: the value of "${key}" holds a NUL`);
  if (value !== undefined && Buffer.byteLength(value) > maxValueBytes)
    throw refusal(`environment variable value for key "${key}" exceeds maximum size of 32 KB`);
  return value;
}

const refusal = (message: string): PodError => new PodError('EnvFile', message);
