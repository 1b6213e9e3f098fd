/** Where a container's variables come from, as kubectl describes it; values of Secrets and ConfigMaps are not asked for. */
import { type Fields, fieldsOf, records, text } from './loose-values.ts';
import { cleanCell } from './tab-columns.ts';

/** The environment of a container or program as it is written in the manifest. */
export function describeEnvironment({ env, envFrom, envFile }: Fields): string[] {
  const variables = records(env);
  const sources = [
    ...records(envFrom).map(describeSource),
    ...(Array.isArray(envFile) ? envFile : []).map(describeFile),
  ];
  return [
    ...(sources.length === 0 ? [] : ['Environment Variables from:', ...sources.map((line) => `  ${line}`)]),
    ...(variables.length === 0
      ? ['Environment:\t<none>']
      : ['Environment:', ...variables.map((variable) => `  ${text(variable.name)}:\t${describeValue(variable)}`)]),
  ];
}

function describeValue({ value, valueFrom }: Fields): string {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef, fileKeyRef } = fieldsOf(valueFrom);
  if (configMapKeyRef !== undefined) return describeKey('config map', fieldsOf(configMapKeyRef));
  if (secretKeyRef !== undefined) return describeKey('secret', fieldsOf(secretKeyRef));
  if (fieldRef !== undefined) return cleanCell(` (v1:${text(fieldsOf(fieldRef).fieldPath)})`);
  if (resourceFieldRef !== undefined) return cleanCell(` (${text(fieldsOf(resourceFieldRef).resource)})`);
  if (fileKeyRef !== undefined) return describeFileKey(fieldsOf(fileKeyRef));
  return cleanCell(text(value ?? ''));
}

const describeFileKey = ({ volumeName, path, key, optional }: Fields): string =>
  cleanCell(`<set to the key '${text(key)}' in file '${text(path)}' of volume '${text(volumeName)}'>`) +
  `\tOptional: ${optional === true}`;

const describeKey = (kind: string, { name, key, optional }: Fields): string =>
  `<set to the key '${text(key)}' in ${kind} '${text(name)}'>\tOptional: ${optional === true}`;

function describeSource({ configMapRef, secretRef, prefix }: Fields): string {
  const { name, optional } = fieldsOf(configMapRef ?? secretRef);
  const kind = configMapRef === undefined ? 'Secret' : 'ConfigMap';
  const before = prefix === undefined || prefix === '' ? '' : ` with prefix '${cleanCell(text(prefix))}'`;
  return `${text(name)}\t${kind}${before}\tOptional: ${optional === true}`;
}

function describeFile(file: unknown): string {
  const { path, optional } = typeof file === 'string' ? { path: file, optional: false } : fieldsOf(file);
  return `${cleanCell(text(path))}\tfile\tOptional: ${optional === true}`;
}
