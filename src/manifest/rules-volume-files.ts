/** Rules for volumes of files: configMap, secret, downwardAPI, projected (Kubernetes validateProjectedVolumeSource and its like). */
import { type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { checkFieldRef, checkResourceFieldRef, volumeFields } from './rules-downward.ts';
import { checkItemPath } from './rules-local-path.ts';
import type { LooseSpec } from './schema.ts';

type LooseVolume = NonNullable<NonNullable<LooseSpec['volumes']>[number]>;

/** `path` is the volume's. */
export function checkFiles(volume: LooseVolume, path: FieldPath, problems: ProblemSink): void {
  const { configMap, secret, downwardAPI, projected } = volume;
  checkObject(configMap, 'name', [...path, 'configMap'], problems);
  checkObject(secret, 'secretName', [...path, 'secret'], problems);
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected'] as const) {
    checkMode(volume[source]?.defaultMode, [...path, source, 'defaultMode'], problems);
  }
  checkFields(downwardAPI, [...path, 'downwardAPI'], problems);
  if (projected !== undefined) checkProjected(projected, [...path, 'projected'], problems);
}

type ObjectSource = Pick<NonNullable<LooseVolume['configMap']>, 'items'>;

/** A ConfigMap or Secret, named by the field `nameField`. */
function checkObject(
  source: ObjectSource | undefined,
  nameField: 'name' | 'secretName',
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (source === undefined) return;
  const name = nameField in source ? Reflect.get(source, nameField) : '';
  if (name === '') problems.error([...path, nameField], required());
  source.items?.forEach((item, index) => {
    if (item !== undefined) checkItem(item, [...path, 'items', index], problems);
  });
}

type Item = NonNullable<NonNullable<ObjectSource['items']>[number]>;

function checkItem(item: Item, path: FieldPath, problems: ProblemSink): void {
  for (const field of ['key', 'path'] as const) {
    if (item[field] === '' || !(field in item)) problems.error([...path, field], required());
  }
  if (item.path) checkItemPath(item.path, [...path, 'path'], problems);
  checkMode(item.mode, [...path, 'mode'], problems);
}

/** Permission bits of a directory, the sticky bit among them. */
export function checkDirectoryMode(mode: number | undefined, path: FieldPath, problems: ProblemSink): void {
  if (mode === undefined || (mode >= 0 && mode <= 0o1777)) return;
  problems.error(path, invalid(mode, 'must be a number between 0 and 01777 (octal), both inclusive'), {
    hint: 'write it in octal: 01777',
  });
}

/** Permission bits of a file. */
function checkMode(mode: number | undefined, path: FieldPath, problems: ProblemSink): void {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return;
  problems.error(path, invalid(mode, 'must be a number between 0 and 0777 (octal), both inclusive'), {
    hint: 'write it in octal: 0644',
  });
}

type Fields = Pick<NonNullable<LooseVolume['downwardAPI']>, 'items'>;

function checkFields(source: Fields | undefined, path: FieldPath, problems: ProblemSink): void {
  source?.items?.forEach((item, index) => {
    if (item !== undefined) checkField(item, [...path, 'items', index], problems);
  });
}

function checkField(
  { path: file, mode, fieldRef, resourceFieldRef }: NonNullable<NonNullable<Fields['items']>[number]>,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (!file) problems.error([...path, 'path'], required());
  else checkItemPath(file, [...path, 'path'], problems);
  checkMode(mode, [...path, 'mode'], problems);
  if (fieldRef !== undefined) checkFieldRef(fieldRef, [...path, 'fieldRef'], volumeFields, problems);
  else if (resourceFieldRef !== undefined) {
    checkResourceFieldRef(resourceFieldRef, [...path, 'resourceFieldRef'], true, problems);
  } else problems.error(path, required('one of fieldRef and resourceFieldRef is required'));
  if (fieldRef === undefined || resourceFieldRef === undefined) return;
  problems.error(path, invalid('resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
}

type Projected = NonNullable<LooseVolume['projected']>;
type Source = NonNullable<NonNullable<Projected['sources']>[number]>;

function checkProjected({ sources }: Projected, path: FieldPath, problems: ProblemSink): void {
  const taken = new Set<string>();
  sources?.forEach((source, index) => {
    if (source === undefined) return;
    const at = [...path, 'sources', index];
    checkObject(source.configMap, 'name', [...at, 'configMap'], problems);
    checkObject(source.secret, 'name', [...at, 'secret'], problems);
    checkFields(source.downwardAPI, [...at, 'downwardAPI'], problems);
    checkToken(source.serviceAccountToken, [...at, 'serviceAccountToken'], problems);
    checkTrustBundle(source.clusterTrustBundle, [...at, 'clusterTrustBundle'], problems);
    if (Object.keys(source).length > 1) problems.error(at, forbidden('may not specify more than 1 volume type'));
    checkConflicts(source, taken, path, problems);
  });
}

/** Two files of one path, of which the kubelet would show one. */
function checkConflicts(source: Source, taken: Set<string>, path: FieldPath, problems: ProblemSink): void {
  const { configMap, secret, downwardAPI, clusterTrustBundle } = source;
  for (const [items, name] of [
    [secret?.items, secret?.name],
    [configMap?.items, configMap?.name],
    [downwardAPI?.items, undefined],
    [[clusterTrustBundle], undefined],
  ] as const) {
    for (const item of items ?? []) {
      if (!item?.path) continue;
      if (taken.has(item.path)) problems.error(path, invalid(name ?? item.path, 'conflicting duplicate paths'));
      taken.add(item.path);
    }
  }
}

const shortestTokenSeconds = 600;

/** What a cluster would check of a token, although none is made here. */
function checkToken(token: Source['serviceAccountToken'], path: FieldPath, problems: ProblemSink): void {
  if (token === undefined) return;
  const { expirationSeconds, path: file } = token;
  const at = [...path, 'expirationSeconds'];
  if (expirationSeconds !== undefined && expirationSeconds < shortestTokenSeconds) {
    problems.error(at, invalid(expirationSeconds, 'may not specify a duration less than 10 minutes'));
  }
  if (expirationSeconds !== undefined && expirationSeconds > 2 ** 32) {
    problems.error(at, invalid(expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (!file) problems.error([...path, 'path'], required());
  else checkItemPath(file, [...path, 'path'], problems);
}

function checkTrustBundle(bundle: Source['clusterTrustBundle'], path: FieldPath, problems: ProblemSink): void {
  if (bundle === undefined) return;
  const { name, signerName, labelSelector, path: file } = bundle;
  if (name !== undefined && signerName !== undefined) {
    problems.error(path, invalid(name, 'only one of name and signerName may be used'));
  } else if (name === undefined && signerName === undefined) {
    problems.error(path, required('either name or signerName must be specified'));
  }
  if (name === '') problems.error([...path, 'name'], required('must be a valid object name'));
  if (signerName === '') problems.error([...path, 'signerName'], required('must be a valid signer name'));
  if (name !== undefined && labelSelector !== undefined) {
    problems.error([...path, 'labelSelector'], invalid(name, 'labelSelector must be unset if name is specified'));
  }
  if (!file) problems.error([...path, 'path'], required());
  else checkItemPath(file, [...path, 'path'], problems);
}
