/** Environments as the manifest gives them, with the contents that it refers to. Pure. */
import { isServiceLink, lateFile, lateResource, lateService, lateValue } from '../model/late-value.ts';
import type { Materials } from '../model/materials.ts';
import type { ContentKind, ContentManifest } from '../model/object-manifest.ts';
import { expandVariables } from './expand-variables.ts';
import { envNameComplaint } from './name-rules.ts';
import { variablesOf } from './object-content.ts';
import { keyReference, type ObjectReference } from './references.ts';
import type { ContainerInput, ProcessInput } from './schema.ts';

/** Docker's and containerd's default. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Environment {
  readonly values: ReadonlyMap<string, string>;
  /** of the values that do not stand in the manifest, where they come from: `configmap/app key PORT`, `secret/db key password`, `/srv/app.env` */
  readonly sources: ReadonlyMap<string, string>;
  /** in the kubelet's words, what is needed and not there */
  readonly missing: readonly string[];
  /** texts may use the variables of Services (enableServiceLinks) */
  readonly serviceLinks: boolean;
}

const emptyEnvironment: Environment = { values: new Map(), sources: new Map(), missing: [], serviceLinks: false };

/** What `envFrom`, `envFile` and `valueFrom` find, and the namespace they look in. */
export interface EnvMaterials extends Pick<Materials, 'configMaps' | 'secrets' | 'envFiles'> {
  readonly namespace: string;
  /** whose environment it is: resourceFieldRef means it unless it names another one */
  readonly container?: string;
  /** texts may use the variables of Services (enableServiceLinks) */
  readonly serviceLinks?: boolean;
}

type Written = Pick<ContainerInput, 'envFrom' | 'envFile'> & { readonly env?: ProcessInput['env'] };

/** These variables over the known ones: files, then envFrom, then env, of which each may use all before it (kubelet makeEnvironmentVariables). */
export function normaliseEnv(
  written: Written,
  materials: EnvMaterials,
  known: Environment = emptyEnvironment,
): Environment {
  const draft: Draft = {
    values: new Map(known.values),
    sources: new Map(known.sources),
    missing: [...known.missing],
    serviceLinks: materials.serviceLinks ?? known.serviceLinks,
  };
  for (const file of written.envFile ?? []) addFile(draft, typeof file === 'string' ? file : file.path, materials);
  for (const source of written.envFrom ?? []) addObject(draft, source, materials);
  for (const variable of listOf(written.env)) addVariable(draft, variable, materials);
  return draft;
}

interface Draft {
  readonly values: Map<string, string>;
  readonly sources: Map<string, string>;
  readonly missing: string[];
  readonly serviceLinks: boolean;
}

/** A file that is needed and cannot be read is an error before it comes to this. */
function addFile(draft: Draft, path: string, { envFiles }: EnvMaterials): void {
  const read = envFiles.get(path);
  if (read === undefined || typeof read === 'string') return;
  for (const [name, value] of read) set(draft, name, value, path);
}

function addObject(
  draft: Draft,
  { configMapRef, secretRef, prefix = '' }: NonNullable<Written['envFrom']>[number],
  materials: EnvMaterials,
): void {
  const ref = configMapRef ?? secretRef;
  const kind = configMapRef === undefined ? 'Secret' : 'ConfigMap';
  const name = ref?.name ?? '';
  const object = findObject(kind, name, materials);
  if (object === undefined && ref?.optional !== true) draft.missing.push(objectMissing(kind, name));
  if (object === undefined) return;
  for (const [key, value] of variablesOf(object)) {
    if (value === undefined) draft.missing.push(noVariable({ kind, name, key }, materials.namespace));
    else set(draft, prefix + key, value, `${kind.toLowerCase()}/${name} key ${key}`);
  }
}

/** Names that no environment can hold are left out, and warned of when the pod is applied. */
function set(draft: Draft, name: string, value: string, source: string): void {
  if (envNameComplaint(name) !== undefined) return;
  draft.values.set(name, value);
  draft.sources.set(name, source);
}

type Variable = NonNullable<ContainerInput['env']>[number];

function addVariable(draft: Draft, { name, value = '', valueFrom }: Variable, materials: EnvMaterials): void {
  if (valueFrom === undefined) return addText(draft, name, value);
  const late = lateField(name, valueFrom, materials);
  if (late !== undefined) return addLate(draft, name, late);
  const reference = keyReference(valueFrom);
  if (reference === undefined) return;
  const found = findKey(reference, materials);
  if ('missing' in found) draft.missing.push(...(reference.optional && found.isAbsent ? [] : [found.missing]));
  else set(draft, name, found.value, `${reference.kind.toLowerCase()}/${reference.name} key ${reference.key}`);
}

/** The mark of what is known only at the start. */
function lateField(
  variable: string,
  { fieldRef, resourceFieldRef, fileKeyRef }: NonNullable<Variable['valueFrom']>,
  { container = '' }: EnvMaterials,
): string | undefined {
  if (fieldRef?.fieldPath) return lateValue(fieldRef.fieldPath);
  if (fileKeyRef !== undefined) {
    const { volumeName = '', path = '', key = '', optional = false } = fileKeyRef;
    return lateFile({ variable, volume: volumeName, path, key, optional });
  }
  if (!resourceFieldRef?.resource) return undefined;
  const { containerName, resource, divisor } = resourceFieldRef;
  return lateResource(containerName || container, resource, String(divisor || '0'));
}

function addLate(draft: Draft, name: string, mark: string): void {
  draft.values.set(name, mark);
  draft.sources.delete(name);
}

/** A text that uses a value from outside comes from there too; of several the secret one counts. */
function addText(draft: Draft, name: string, text: string): void {
  const used: string[] = [];
  const get = (other: string): string | undefined => {
    used.push(other);
    return valueIn(draft, other);
  };
  draft.values.set(name, expandVariables(text, { get }));
  const sources = used.flatMap((other) => draft.sources.get(other) ?? []);
  const source = sources.find(isSecretSource) ?? sources[0];
  if (source === undefined) draft.sources.delete(name);
  else draft.sources.set(name, source);
}

/** What `$(NAME)` stands for: a variable, or one of those that Services give. */
function valueIn({ values, serviceLinks }: Pick<Environment, 'values' | 'serviceLinks'>, name: string) {
  return values.get(name) ?? (serviceLinks && isServiceLink(name) ? lateService(name) : undefined);
}

/** A word of a command. */
export const expandIn = (environment: Environment, word: string): string =>
  expandVariables(word, { get: (name) => valueIn(environment, name) });

/** Whether a value of this source must never be shown. */
export const isSecretSource = (source: string): boolean => source.startsWith('secret/');

/** The value of a key, or why there is none; `isAbsent`: it is not there at all, which an optional reference may be. */
export function findKey(
  { kind, name, key = '' }: Pick<ObjectReference, 'kind' | 'name' | 'key'>,
  materials: EnvMaterials,
): { readonly value: string } | { readonly missing: string; readonly isAbsent: boolean } {
  const object = findObject(kind, name, materials);
  if (object === undefined) return { missing: objectMissing(kind, name), isAbsent: true };
  const variables = variablesOf(object);
  if (!variables.has(key)) return { missing: keyMissing({ kind, name, key }, materials.namespace), isAbsent: true };
  const value = variables.get(key);
  if (value === undefined) return { missing: noVariable({ kind, name, key }, materials.namespace), isAbsent: false };
  return { value };
}

export function findObject(
  kind: ContentKind,
  name: string,
  { configMaps, secrets }: Pick<EnvMaterials, 'configMaps' | 'secrets'>,
): ContentManifest | undefined {
  return kind === 'ConfigMap' ? configMaps.get(name) : secrets.get(name);
}

/** As the API server says it: `configmap "app" not found`. */
export const objectMissing = (kind: ContentKind, name: string): string => `${kind.toLowerCase()} "${name}" not found`;

/** As the kubelet says it. */
export const keyMissing = (
  { kind, name, key = '' }: Pick<ObjectReference, 'kind' | 'name' | 'key'>,
  namespace: string,
): string => `couldn't find key ${key} in ${kind} ${namespace}/${name}`;

const noVariable = (
  { kind, name, key }: { readonly kind: string; readonly name: string; readonly key: string },
  namespace: string,
): string => `key ${key} in ${kind} ${namespace}/${name} is no UTF-8 text without NUL, as a variable has to be`;

function listOf(env: Written['env']): readonly Variable[] {
  if (Array.isArray(env)) return env as readonly Variable[];
  return Object.entries(env ?? {}).map(([name, value]) => ({ name, value: value as string }));
}

/** What every program has unless the manifest says otherwise. `home`, `hostname` undefined: not known before the start. */
export function withDefaults(
  env: ReadonlyMap<string, string>,
  { home, hostname }: { readonly home: string | undefined; readonly hostname: string | undefined },
): Readonly<Record<string, string>> {
  return {
    PATH: defaultPath,
    ...(home === undefined ? {} : { HOME: home }),
    ...(hostname === undefined ? {} : { HOSTNAME: hostname }),
    ...Object.fromEntries(env),
  };
}

/** Of a user by number: /etc/passwd is not asked. */
export const homeOfId = (uid: number): string => (uid === 0 ? '/root' : '/');
