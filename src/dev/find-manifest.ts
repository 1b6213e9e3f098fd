/** The manifest that is meant when none is named. Pure. */

/** In this order; the first that is there. */
export const defaultNames: readonly string[] = ['pod.yaml', 'pod.yml', 'podctl.yaml', 'podctl.yml'];

export interface FoundFile {
  readonly name: string;
  readonly text: string;
}

/** Whether a file may hold a pod, so that it is worth reading. */
export const isYamlName = (name: string): boolean => /\.ya?ml$/i.test(name);

export type ManifestChoice =
  | { readonly kind: 'found'; readonly name: string }
  | { readonly kind: 'none' }
  /** several could be meant */
  | { readonly kind: 'several'; readonly names: readonly string[] };

/** One of the default names, else the only file that holds a pod. */
export function chooseManifest(files: readonly FoundFile[]): ManifestChoice {
  const byName = defaultNames.find((name) => files.some((file) => file.name === name));
  if (byName !== undefined) return { kind: 'found', name: byName };
  const names = files.filter(({ text }) => /^kind:\s*["']?Pod\b/m.test(text)).map(({ name }) => name);
  const [only, ...others] = names;
  if (only === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'found', name: only } : { kind: 'several', names };
}
