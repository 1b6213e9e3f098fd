/** What a development session works from, as its files say now. */
import { statSync } from 'node:fs';
import { type ManifestChoices, readPlacedManifests, specsOf, toApply } from '../cli/load-manifests.ts';
import { normalisePod } from '../manifest/normalise.ts';
import { normaliseDevRules } from '../manifest/normalise-dev.ts';
import { contentKey } from '../manifest/volume-references.ts';
import type { DevRule } from '../model/dev-rule.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ObjectManifest } from '../model/object-manifest.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { ManifestPlaces } from './manifest-rules.ts';
import { rulesOfTemplate, templatePods } from './template-rules.ts';

export interface SessionManifests extends ManifestPlaces {
  readonly manifests: readonly ObjectManifest[];
  /** of the pods among them */
  readonly specs: readonly PodSpec[];
  /** of one pod of each template, by the key of its workload */
  readonly templates: ReadonlyMap<string, PodSpec>;
  readonly rules: readonly DevRule[];
  /** errors: the rest is not to be used */
  readonly diagnostics: readonly Diagnostic[];
  /** as `field: message`: podd warns of the same */
  readonly warned: readonly string[];
}

export interface SessionChoices extends ManifestChoices {
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** instead of each rule's own */
  readonly debounceMs?: number | undefined;
}

/** Reads all files anew. Throws UsageError on choices that cannot be. */
export async function loadSession(choices: SessionChoices): Promise<SessionManifests> {
  const { files, env, debounceMs } = choices;
  const placed = await readPlacedManifests(files, choices, env);
  const templates = templatePods(placed.data.map(({ manifest }) => manifest));
  const rules = [
    ...placed.pods.flatMap(({ manifest }) => normaliseDevRules(manifest)),
    ...templates.flatMap(rulesOfTemplate),
  ];
  const materials = placed.pods.flatMap(({ references: { envFiles, contents } }) => [
    ...envFiles.map(({ file }) => file),
    ...contents.map(contentKey),
  ]);
  return {
    ...toApply(placed),
    specs: specsOf(placed),
    templates: new Map(
      hasErrors(placed) ? [] : templates.map(({ maker, manifest }) => [maker, normalisePod(manifest)]),
    ),
    rules: debounceMs === undefined ? rules : rules.map((rule) => ({ ...rule, debounceMs })),
    diagnostics: placed.diagnostics,
    ...splitPlaces(placed.inputs),
    materials: [...new Set(materials)],
  };
}

export const hasErrors = ({ diagnostics }: Pick<SessionManifests, 'diagnostics'>): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

function splitPlaces(inputs: readonly string[]): Pick<ManifestPlaces, 'files' | 'directories'> {
  const directories = inputs.filter(isDirectory);
  return { directories, files: inputs.filter((path) => !directories.includes(path)) };
}

/** What cannot be looked at, a symlink to itself say, is no directory; reading it said what is wrong. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
