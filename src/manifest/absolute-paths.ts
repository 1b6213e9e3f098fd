/** Paths of this machine in a manifest: relative ones start from its own directory, so that it can be used from anywhere. */
import { resolve } from 'node:path';
import type { FieldPath } from './field-problem.ts';
import { containerLists } from './listed-containers.ts';
import { mapNodes } from './map-nodes.ts';
import type { YamlEntry, YamlNode, YamlScalar } from './yaml-node.ts';

/** Fields that hold such a path; `*` stands for any index of a list. */
const containers = containerLists.map((list) => `spec.${list}.*`);
const owners = containers.flatMap((container) => [container, `${container}.processes.*`]);
const pathFields = [
  ...containers.map((container) => `${container}.rootfs.path`),
  ...owners.flatMap((owner) => [
    `${owner}.envFile.*`,
    `${owner}.envFile.*.path`,
    `${owner}.dev.watch.*.paths.*`,
    `${owner}.dev.watch.*.directory`,
  ]),
  ...['spec', ...owners].map((owner) => `${owner}.resources.io.devices.*.mount`),
].flatMap(inTemplates);

/** Only in podctl.dev/v1: Kubernetes knows no directory that one could start from. */
const ownPathFields = [...pathFields, ...inTemplates('spec.volumes.*.hostPath.path')];

const ruleFields = ['spec.containers.*.dev.watch.*', 'spec.containers.*.processes.*.dev.watch.*'].flatMap(inTemplates);

/** A pod's own field, that of a template, and that of a CronJob's. */
function inTemplates(field: string): readonly (readonly string[])[] {
  return ['', 'spec.template.', 'spec.jobTemplate.spec.template.'].map((prefix) => `${prefix}${field}`.split('.'));
}

/** The document with every such path absolute. What is no path stays as it is, and what has variables left in it. */
export function withAbsolutePaths(root: YamlNode, directory: string): YamlNode {
  const fields = isOwn(root) ? ownPathFields : pathFields;
  return mapNodes(root, (node, path) => {
    if (node.kind === 'scalar') return isOneOf(fields, path) ? absolute(node, directory) : node;
    return isOneOf(ruleFields, path) ? withDirectory(node, directory) : node;
  });
}

function isOwn(root: YamlNode): boolean {
  const version = root.kind === 'map' ? root.entries.get('apiVersion')?.node : undefined;
  return version?.kind === 'scalar' && version.value === 'podctl.dev/v1';
}

function isOneOf(fields: readonly (readonly string[])[], path: FieldPath): boolean {
  return fields.some(
    (field) =>
      field.length === path.length &&
      field.every((part, index) => (part === '*' ? typeof path[index] === 'number' : part === path[index])),
  );
}

function absolute(scalar: YamlScalar, directory: string): YamlScalar {
  const { value } = scalar;
  if (typeof value !== 'string' || value === '' || value.includes('\0') || value.includes('${')) return scalar;
  const path = resolve(directory, value);
  return path === value ? scalar : { ...scalar, value: path };
}

/** A rebuild runs in the manifest's directory unless it says another one. */
function withDirectory(rule: YamlNode, directory: string): YamlNode {
  if (rule.kind !== 'map' || rule.entries.has('directory')) return rule;
  const action = rule.entries.get('action');
  if (action?.node.kind !== 'scalar' || action.node.value !== 'rebuild') return rule;
  const added: YamlEntry = { key: action.key, node: { kind: 'scalar', span: action.node.span, value: directory } };
  return { ...rule, entries: new Map([...rule.entries, ['directory', added]]) };
}
