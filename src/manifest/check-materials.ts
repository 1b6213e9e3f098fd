/** What a pod's references found, in the words of its manifest. Pure. */
import type { FileMaterials, Materials } from '../model/materials.ts';
import { type FieldProblem, fieldProblem, quoteValue } from './field-problem.ts';
import { envNameComplaint } from './name-rules.ts';
import { findKey, findObject, keyMissing, objectMissing } from './normalise-env.ts';
import { contentOf, variablesOf } from './object-content.ts';
import type { FileReference, ObjectReference, References } from './references.ts';
import { claimMissing, contentKey } from './volume-references.ts';

/** Files that are needed and cannot be read: the pod is not applied. */
export function checkFiles({ envFiles, contents }: References, files: FileMaterials): readonly FieldProblem[] {
  return [...checkEnvFiles(envFiles, files), ...checkContents(contents, files)];
}

function checkContents(contents: References['contents'], { digests }: FileMaterials): readonly FieldProblem[] {
  return contents.flatMap(({ path, ...place }) => {
    const read = digests.get(contentKey(place));
    const hint = 'mount a part of it by subPath, or have it watched by dev rules';
    return typeof read === 'string' ? [fieldProblem(path, `${contentKey(place)}: ${read}`, { hint })] : [];
  });
}

function checkEnvFiles(envFiles: References['envFiles'], files: FileMaterials): readonly FieldProblem[] {
  return envFiles.flatMap(({ file, optional, path }) => {
    const read = files.envFiles.get(file);
    if (read === undefined)
      return optional ? [] : [fieldProblem(path, `${file}: no such file`, { hint: optionalHint })];
    return typeof read === 'string' ? [fieldProblem(path, `${file}: ${read}`)] : [];
  });
}

const optionalHint = 'write {path, optional: true} when it need not exist';

/** Worth a warning: what the container will wait for, and names that cannot be variables. */
export function warnMaterials(
  references: References,
  materials: Materials,
  namespace: string,
): readonly FieldProblem[] {
  const missing = references.objects.flatMap((reference) => {
    const why = reference.optional ? undefined : whatIsMissing(reference, materials, namespace);
    return why === undefined ? [] : [fieldProblem(reference.path, `${why}: the container waits for it`)];
  });
  const files = references.envFiles.flatMap((reference) => warnNamesOfFile(reference, materials));
  const claims = references.claims.flatMap(({ name, path }) =>
    materials.claims?.has(name) === true ? [] : [fieldProblem(path, `${claimMissing(name)}: the pod waits for it`)],
  );
  return [
    ...missing,
    ...claims,
    ...references.objects.flatMap((reference) => warnNames(reference, materials)),
    ...files,
  ];
}

function whatIsMissing(reference: ObjectReference, materials: Materials, namespace: string): string | undefined {
  const { kind, name, key } = reference;
  const object = findObject(kind, name, materials);
  if (object === undefined) return objectMissing(kind, name);
  if (key === undefined) return undefined;
  if (reference.isVolume) return contentOf(object).has(key) ? undefined : keyMissing(reference, namespace);
  const found = findKey(reference, { ...materials, namespace });
  return 'missing' in found ? found.missing : undefined;
}

function warnNames(reference: ObjectReference, materials: Materials): FieldProblem[] {
  const { kind, name, key, prefix = '', isVolume, path } = reference;
  const object = key === undefined && !isVolume ? findObject(kind, name, materials) : undefined;
  if (object === undefined) return [];
  return skippedNames(
    [...variablesOf(object).keys()].map((variable) => prefix + variable),
    path,
  );
}

function warnNamesOfFile({ file, path }: FileReference, { envFiles }: Materials): FieldProblem[] {
  const read = envFiles.get(file);
  return read === undefined || typeof read === 'string' ? [] : skippedNames([...read.keys()], path);
}

/** As the kubelet's event InvalidEnvironmentVariableNames. */
function skippedNames(names: readonly string[], path: FieldProblem['path']): FieldProblem[] {
  const bad = names.filter((name) => envNameComplaint(name) !== undefined);
  if (bad.length === 0) return [];
  return [
    fieldProblem(path, `keys that are no names of variables are skipped: ${bad.sort().map(quoteValue).join(', ')}`),
  ];
}
