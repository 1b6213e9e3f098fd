import { formatYaml } from '../../convert/format-yaml.ts';
import { type Fields, mapOf } from '../../convert/loose-fields.ts';
import { renderKubernetes } from '../../convert/render-kubernetes.ts';
import type { RenderOptions } from '../../convert/render-words.ts';
import { diagnosticAt } from '../../manifest/diagnose.ts';
import type { FieldProblem } from '../../manifest/field-problem.ts';
import { judgeRoot } from '../../manifest/judge-root.ts';
import type { ManifestDocument } from '../../manifest/manifest-documents.ts';
import { inspectDocuments } from '../../manifest/parse.ts';
import { readMergedDocuments } from '../../manifest/read.ts';
import { referencesOf } from '../../manifest/references.ts';
import { inspectObject } from '../../manifest/validate-object.ts';
import { placeOf, plainValue, type YamlNode } from '../../manifest/yaml-node.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { readFiles } from '../../reconcile/read-files.ts';
import { defineCommand, manifestFlags } from '../command.ts';
import { printDiagnostics } from '../print-diagnostics.ts';
import { rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const usage = 'podctl render --to kubernetes -f FILE';

export const command = defineCommand({
  usage: ['render --to kubernetes -f FILE|DIR|- [-f OVERLAY…] [flags]'],
  about: `Print manifests of podctl.dev/v1 as plain Kubernetes, for a cluster. Needs neither podd nor root.
The programs of a container go into a ConfigMap, and podinit runs them there as the container's command: it has to be in the image's PATH (with Node), or comes from --podinit-image.
What Kubernetes has no counterpart for is left out with a warning at its place; overlays and variables are put in as by podctl config. Exit code 2 when anything is wrong.`,
  flags: {
    ...{ filename: manifestFlags.filename, 'env-file': manifestFlags['env-file'] },
    to: { kind: 'text', value: 'SYSTEM', choices: ['kubernetes'], help: 'what the manifests are for' },
    image: {
      kind: 'list',
      value: 'NAME=REFERENCE',
      help: 'what a container runs in the place of image: host or rootfs; *=REFERENCE: all others (repeatable)',
    },
    'podinit-image': {
      kind: 'text',
      value: 'REFERENCE',
      help: 'an image that has podctl in /opt/podctl; an init container hands it to the others',
    },
    output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['yaml', 'json'], help: 'format (default yaml)' },
  },
  examples: [
    { text: 'to a cluster', line: 'podctl render --to kubernetes -f shop.yaml | kubectl apply -f -' },
    {
      text: 'what runs from this machine here, from an image there',
      line: 'podctl render --to kubernetes -f web.yaml --image web=docker.io/library/nginx:1.27',
    },
  ],
  run: async ({ flags, args, io }) => {
    rejectArgs(args, usage);
    if (flags.filename === undefined) throw new UsageError('which manifests?', usage);
    if (flags.to === undefined) throw new UsageError('for what?', usage);
    const envFiles = flags['env-file'];
    const { documents, diagnostics } = await readMergedDocuments(flags.filename, {
      env: io.env,
      ...(envFiles === undefined ? {} : { envFiles }),
    });
    const judged = inspectDocuments(documents);
    if (printDiagnostics([...diagnostics, ...judged.diagnostics], io)) return 2;
    const podinitImage = flags['podinit-image'];
    const options: RenderOptions = {
      images: imagesOf(flags.image ?? []),
      ...(podinitImage === undefined ? {} : { podinitImage }),
      files: await readFiles(judged.pods.map(({ manifest }) => referencesOf(manifest))),
    };
    const rendered = documents.map((document) => renderDocument(document, options));
    if (
      printDiagnostics(
        rendered.flatMap((one) => one.diagnostics),
        io,
      )
    )
      return 2;
    const objects = rendered.flatMap((one) => one.objects);
    io.out(flags.output === 'json' ? formatJson(objects) : objects.map(formatYaml).join('---\n'));
    return 0;
  },
});

function imagesOf(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.map((word) => {
      const [, name, reference] = /^([^=]+)=(.+)$/.exec(word) ?? [];
      if (name === undefined || reference === undefined) {
        throw new UsageError(
          `--image ${word}: not NAME=REFERENCE`,
          'podctl render --to kubernetes -f FILE --image web=nginx:1.27',
        );
      }
      return [name, reference];
    }),
  );
}

function renderDocument(
  { origin, root }: ManifestDocument,
  options: RenderOptions,
): { readonly objects: readonly Fields[]; readonly diagnostics: readonly Diagnostic[] } {
  if (root === undefined) return { objects: [], diagnostics: [] };
  const meant = judgeRoot(root).root;
  const { objects, errors, warnings } = renderKubernetes(mapOf(plainValue(meant)), options);
  const tell = (severity: Diagnostic['severity']) => (problem: FieldProblem) =>
    diagnosticAt(origin, severity, spanOf(meant, problem), problem);
  // What is printed holds for Kubernetes: whatever is left of ours is said here, not by the cluster.
  const left = errors.length > 0 ? [] : objects.flatMap((object) => inspectObject(object).errors);
  return {
    objects,
    diagnostics: [...errors.map(tell('error')), ...left.map(tell('error')), ...warnings.map(tell('warning'))],
  };
}

const spanOf = (root: YamlNode, { path, at }: FieldProblem) => placeOf(root, path, at === 'key').span;

const formatJson = (objects: readonly Fields[]): string =>
  `${JSON.stringify(objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects }, undefined, 2)}\n`;
