/** Manifests for commands: read, checked, put into a namespace, with everything wrong printed. */
import { formatDiagnostic } from '../manifest/format-diagnostic.ts';
import type { ParsedPod, ParseOutcome } from '../manifest/parse.ts';
import { readManifests } from '../manifest/read.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { Io } from './io.ts';
import { checkNamespace } from './scope.ts';

export interface LoadedManifests {
  readonly manifests: readonly PodManifest[];
  /** what was warned of, as `field: message`: podd finds the same and need not be repeated */
  readonly warned: readonly string[];
}

/** What commands that read manifests are given (`manifestFlags`). */
export interface ManifestChoices {
  /** for pods that name none */
  readonly namespace?: string | undefined;
  /** instead of the `.env` beside each manifest */
  readonly 'env-file'?: readonly string[] | undefined;
}

/**
 * The pods of files, directories and `-`, each with its namespace.
 * Undefined when anything is wrong: every diagnostic was printed then, and the exit code is 2. Warnings are printed too.
 */
export async function loadManifests(
  files: readonly string[],
  choices: ManifestChoices,
  io: Io,
): Promise<LoadedManifests | undefined> {
  const loaded = await loadPods(files, choices, io);
  if (loaded === undefined) return undefined;
  const manifests = loaded.pods.map(({ manifest, spec }) => ({
    ...manifest,
    metadata: { ...manifest.metadata, namespace: spec.namespace },
  }));
  return { manifests, warned: loaded.diagnostics.map(({ field, message }) => `${field}: ${message}`) };
}

/** As loadManifests, with every default filled in. */
export async function loadPodSpecs(
  files: readonly string[],
  choices: ManifestChoices,
  io: Io,
): Promise<readonly PodSpec[] | undefined> {
  return (await loadPods(files, choices, io))?.pods.map(({ spec }) => spec);
}

async function loadPods(
  files: readonly string[],
  { namespace, 'env-file': envFiles }: ManifestChoices,
  io: Io,
): Promise<ParseOutcome | undefined> {
  const wanted = namespace === undefined ? undefined : checkNamespace(namespace);
  const options = { env: io.env, ...(envFiles === undefined ? {} : { envFiles }) };
  const { pods, diagnostics: found } = await readManifests(files, options);
  const diagnostics = [...found, ...pods.flatMap((pod) => strayed(pod, wanted))];
  for (const diagnostic of diagnostics) io.err(`${formatDiagnostic(diagnostic, { color: io.errColour })}\n`);
  if (diagnostics.some(({ severity }) => severity === 'error')) return undefined;
  const placed = pods.map((pod) => (wanted === undefined ? pod : { ...pod, spec: { ...pod.spec, namespace: wanted } }));
  return { pods: placed, diagnostics };
}

/** kubectl refuses a manifest that names another namespace than the command line does. */
function strayed({ manifest, file, position }: ParsedPod, wanted: string | undefined): Diagnostic[] {
  const { namespace } = manifest.metadata;
  if (wanted === undefined || !namespace || namespace === wanted) return [];
  const message = `the manifest says "${namespace}", the command line -n ${wanted}`;
  return [{ severity: 'error', file, position, field: 'metadata.namespace', message, hint: 'leave one of them out' }];
}
