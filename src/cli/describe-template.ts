/** A pod template on `podctl describe`'s page. */
import { describeTemplateContainer } from './describe-container.ts';
import { describeMap } from './describe-map.ts';
import { describePlacement } from './describe-placement.ts';
import { describeVolumes } from './describe-volumes.ts';
import { type Fields, fieldsOf, records, text } from './loose-values.ts';

/** `spec`: whose template it is, of a workload or of a CronJob's jobs. */
export function describeTemplate({ template }: Fields): readonly string[] {
  const { metadata, spec: written } = fieldsOf(template);
  const { labels, annotations } = fieldsOf(metadata) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const spec = fieldsOf(written);
  return [
    'Pod Template:',
    ...describeMap('  Labels', labels, '='),
    ...(Object.keys(annotations ?? {}).length === 0 ? [] : describeMap('  Annotations', annotations, ': ')),
    ...named('  Service Account', spec.serviceAccountName),
    ...describeContainers('  Init Containers:', spec.initContainers),
    ...describeContainers('  Containers:', spec.containers),
    ...describeVolumes(spec).map((line) => `  ${line}`),
    ...named('  Priority Class Name', spec.priorityClassName),
    ...describePlacement(spec, '  '),
  ];
}

function describeContainers(title: string, list: unknown): string[] {
  const containers = records(list);
  if (containers.length === 0) return [];
  return [title, ...containers.flatMap(describeTemplateContainer).map((line) => `  ${line}`)];
}

const named = (title: string, name: unknown): string[] =>
  name === undefined || name === '' ? [] : [`${title}:\t${text(name)}`];
