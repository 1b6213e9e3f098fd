/** What a conversion gives: a manifest, and what it could not say in it. */
import type { Diagnostic } from '../model/diagnostic.ts';
import { formatYamlMap, type YamlItems, yamlField } from './yaml-text.ts';

export interface Conversion {
  /** a podctl.dev/v1 Pod; present also when there are errors, for nothing but to look at */
  readonly yaml: string;
  /** errors: what the file's own tool would refuse; warnings: what has no equivalent */
  readonly diagnostics: readonly Diagnostic[];
}

/** What of the world a conversion may use. */
export interface ConvertContext {
  /** directory of the file: `%(here)s` */
  readonly here: string;
  readonly hostname: string;
  /** for `%(ENV_X)s` */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** files of a glob pattern of [include], relative to the directory; those that cannot be read are left out */
  readonly readFiles: (
    pattern: string,
    directory: string,
  ) => readonly { readonly file: string; readonly text: string }[];
}

/** A pod with one container `image: host`, whose processes are given. */
export function formatPod(name: string, head: readonly string[], processes: YamlItems): string {
  const container = {
    fields: [yamlField('name', 'main'), yamlField('image', 'host'), yamlField('processes', processes)],
  };
  return formatYamlMap({
    comments: head,
    fields: [
      yamlField('apiVersion', 'podctl.dev/v1'),
      yamlField('kind', 'Pod'),
      yamlField('metadata', { fields: [yamlField('name', name)] }),
      yamlField('spec', { fields: [yamlField('containers', { items: [container] })] }),
    ],
  });
}

/** A diagnostic at the place of `text` (or the first word) in its line. */
export function diagnosticAt(
  severity: Diagnostic['severity'],
  place: { readonly file: string; readonly line: number; readonly sourceLine: string },
  field: string,
  message: string,
): Diagnostic {
  const { file, line, sourceLine } = place;
  const start = sourceLine.length - sourceLine.trimStart().length;
  const length = Math.max(1, (/^[^=:\s]+/.exec(sourceLine.trimStart())?.[0] ?? ' ').length);
  return { severity, file, position: { line, column: start + 1 }, field, message, sourceLine, length };
}
