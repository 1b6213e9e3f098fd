/** A document of podctl.dev/v1 as the Kubernetes objects that do the same; those of Kubernetes' own apiVersions stay as they are. Pure. */
import type { FieldPath } from '../manifest/field-problem.ts';
import { type Fields, mapOf } from './loose-fields.ts';
import { renderPod } from './render-pod.ts';
import type { Rendered, RenderOptions } from './render-words.ts';

/** What makes pods, where it keeps what they are, and which apiVersion Kubernetes has for it. */
const templates: Readonly<Record<string, { readonly apiVersion: string; readonly path: readonly string[] }>> = {
  Pod: { apiVersion: 'v1', path: [] },
  Deployment: { apiVersion: 'apps/v1', path: ['spec', 'template'] },
  ReplicaSet: { apiVersion: 'apps/v1', path: ['spec', 'template'] },
  StatefulSet: { apiVersion: 'apps/v1', path: ['spec', 'template'] },
  DaemonSet: { apiVersion: 'apps/v1', path: ['spec', 'template'] },
  Job: { apiVersion: 'batch/v1', path: ['spec', 'template'] },
  CronJob: { apiVersion: 'batch/v1', path: ['spec', 'jobTemplate', 'spec', 'template'] },
};

/** `document` was judged before. Objects that it needs come before it. */
export function renderKubernetes(document: Fields, options: RenderOptions): Rendered {
  const template = templates[String(document.kind)];
  if (document.apiVersion !== 'podctl.dev/v1' || template === undefined) {
    return { objects: [document], errors: [], warnings: [] };
  }
  const metadata = mapOf(document.metadata);
  const pod = at(document, template.path);
  const path: FieldPath = [...template.path, 'spec'];
  const name = String(metadata.name ?? metadata.generateName ?? 'pod').replace(/-$/, '');
  const rendered = renderPod({ ...options, name, path, podSpec: mapOf(pod.spec) });
  const made = { ...pod, ...labelled(pod, rendered.labels), spec: rendered.spec };
  const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
  const beside = rendered.objects.map((object) => ({
    ...object,
    metadata: { ...mapOf(object.metadata), ...namespace },
  }));
  return {
    objects: [...beside, { ...put(document, template.path, made), apiVersion: template.apiVersion }],
    errors: rendered.errors,
    warnings: rendered.warnings,
  };
}

function labelled(pod: Fields, labels: Fields): Fields {
  if (Object.keys(labels).length === 0) return {};
  const metadata = mapOf(pod.metadata);
  return { metadata: { ...metadata, labels: { ...mapOf(metadata.labels), ...labels } } };
}

const at = (fields: Fields, path: readonly string[]): Fields =>
  path.reduce((inner: Fields, key) => mapOf(inner[key]), fields);

function put(fields: Fields, [key, ...rest]: readonly string[], value: Fields): Fields {
  return key === undefined ? value : { ...fields, [key]: put(mapOf(fields[key]), rest, value) };
}
