/** Manifests for commands: read, checked, put into a namespace, with everything wrong printed. */
import { checkFiles } from '../manifest/check-materials.ts';
import { normalisePod } from '../manifest/normalise.ts';
import { withoutValues } from '../manifest/object-content.ts';
import type { LocatedData, LocatedPod } from '../manifest/parse.ts';
import { readManifests } from '../manifest/read.ts';
import { type References, referencesOf } from '../manifest/references.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { FileMaterials } from '../model/materials.ts';
import { isClusterScoped } from '../model/object-kinds.ts';
import type { DataKey, DataKind, DataManifest, DataManifestOf, ObjectManifest } from '../model/object-manifest.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import { type FindData, materialsOf } from '../reconcile/materials-of.ts';
import { readFiles } from '../reconcile/read-files.ts';
import type { Io } from './io.ts';
import { printDiagnostics } from './print-diagnostics.ts';
import { checkNamespace } from './scope.ts';

export interface LoadedManifests {
  /** pods last, as they need the others */
  readonly manifests: readonly ObjectManifest[];
  /** what was warned of, as `field: message`: podd finds the same and need not be repeated */
  readonly warned: readonly string[];
}

/** What commands that read manifests are given (`manifestFlags`). */
export interface ManifestChoices {
  /** for objects that name none */
  readonly namespace?: string | undefined;
  /** instead of the `.env` beside each manifest */
  readonly 'env-file'?: readonly string[] | undefined;
  /** documents of later files change those of earlier ones; default false: two of one name are an error */
  readonly merge?: boolean;
  /** only who they are matters, not what they refer to */
  readonly namesOnly?: boolean;
}

/**
 * The objects of files, directories and `-`, each with its namespace.
 * Undefined when anything is wrong: every diagnostic was printed then, and the exit code is 2. Warnings are printed too.
 */
export async function loadManifests(
  files: readonly string[],
  choices: ManifestChoices,
  io: Io,
): Promise<LoadedManifests | undefined> {
  const loaded = await load(files, choices, io);
  return loaded === undefined ? undefined : toApply(loaded);
}

/** What of it is applied. */
export function toApply({ data, pods, diagnostics }: PlacedManifests): LoadedManifests {
  return {
    manifests: [...data, ...pods].map(({ manifest }) => manifest),
    warned: diagnostics.map(({ field, message }) => `${field}: ${message}`),
  };
}

/** The pods with every default filled in. Of ConfigMaps it knows those of the same files; values of Secrets are left out. */
export async function loadPodSpecs(
  files: readonly string[],
  choices: ManifestChoices,
  io: Io,
): Promise<readonly PodSpec[] | undefined> {
  const loaded = await load(files, choices, io);
  if (loaded === undefined) return undefined;
  const find = findIn(loaded.data.map(({ manifest }) => manifest));
  for (const { manifest, references } of loaded.pods) {
    const { name, namespace = 'default' } = manifest.metadata;
    for (const unknown of unknownObjects(references, namespace, find))
      io.err(`Warning: pod/${name}: ${unknown} is not in these files: podd has its contents, here they are missing\n`);
  }
  return specsOf(loaded);
}

/** The pods with every default filled in, as far as these files tell. */
export function specsOf({ pods, data, read }: PlacedManifests): readonly PodSpec[] {
  const find = findIn(data.map(({ manifest }) => manifest));
  return pods.map(({ manifest, references }) =>
    normalisePod(manifest, materialsOf(references, manifest.metadata.namespace ?? 'default', find, read)),
  );
}

function findIn(objects: readonly DataManifest[]): FindData {
  return <K extends DataKind>({ kind, namespace, name }: DataKey<K>) => {
    const found = objects.find(
      (object) => object.kind === kind && object.metadata.name === name && object.metadata.namespace === namespace,
    );
    return (found?.kind === 'Secret' ? withoutValues(found) : found) as DataManifestOf<K> | undefined;
  };
}

function unknownObjects({ objects }: References, namespace: string, find: FindData): ReadonlySet<string> {
  const unknown = objects.filter(({ kind, name }) => find({ kind, namespace, name }) === undefined);
  return new Set(unknown.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`));
}

/** What commands read, each object in its namespace. */
export interface PlacedManifests {
  readonly pods: readonly (LocatedPod & { readonly references: References })[];
  readonly data: readonly LocatedData[];
  /** contents of files that pods refer to */
  readonly read: FileMaterials;
  /** with an error, nothing of it is to be used */
  readonly diagnostics: readonly Diagnostic[];
  /** absolute paths of all files and directories that the manifests come from, also of those that are not there (yet) */
  readonly inputs: readonly string[];
}

async function load(files: readonly string[], choices: ManifestChoices, io: Io): Promise<PlacedManifests | undefined> {
  const found = await readPlacedManifests(files, choices, io.env);
  return printDiagnostics(found.diagnostics, io) ? undefined : found;
}

/** Reads and judges everything, prints nothing. Throws UsageError on a namespace that cannot be one. */
export async function readPlacedManifests(
  files: readonly string[],
  { namespace, 'env-file': envFiles, merge = false, namesOnly = false }: ManifestChoices,
  env: Io['env'],
): Promise<PlacedManifests> {
  const wanted = namespace === undefined ? undefined : checkNamespace(namespace);
  const options = { env, merge, namespace: wanted, ...(envFiles === undefined ? {} : { envFiles }) };
  const found = await readManifests(files, options);
  const pods = found.pods.map((pod) => ({ ...pod, references: referencesOf(pod.manifest) }));
  const read = await readFiles(namesOnly ? [] : pods.map(({ references }) => references));
  const unreadable = (namesOnly ? [] : pods).flatMap(({ references, diagnose }) =>
    checkFiles(references, read).flatMap((problem) => diagnose('error', problem)),
  );
  const strays = [...found.data, ...found.pods].flatMap((object) => strayed(object, wanted));
  return {
    pods: pods.map((pod) => placed(pod, wanted)),
    data: found.data.map((object) => placed(object, wanted)),
    read,
    diagnostics: [...found.diagnostics, ...strays, ...unreadable],
    inputs: found.inputs,
  };
}

function placed<T extends { readonly manifest: ObjectManifest }>(object: T, wanted: string | undefined): T {
  const { manifest } = object;
  if (isClusterScoped(manifest.kind)) return object;
  const namespace = wanted ?? (manifest.metadata.namespace || 'default');
  return { ...object, manifest: { ...manifest, metadata: { ...manifest.metadata, namespace } } };
}

/** kubectl refuses a manifest that names another namespace than the command line does. */
function strayed({ manifest, file, position }: LocatedPod | LocatedData, wanted: string | undefined): Diagnostic[] {
  const { namespace } = manifest.metadata;
  if (wanted === undefined || !namespace || namespace === wanted) return [];
  const message = `the manifest says "${namespace}", the command line -n ${wanted}`;
  return [{ severity: 'error', file, position, field: 'metadata.namespace', message, hint: 'leave one of them out' }];
}
