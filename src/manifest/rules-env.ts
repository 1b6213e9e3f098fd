/** Rules for where environment variables come from (Kubernetes validateEnv, validateEnvFrom). */
import { type FieldPath, invalid, type ProblemSink, required } from './field-problem.ts';
import { configKeyComplaint, dnsLabelComplaint, dnsSubdomainComplaint, envNameComplaint } from './name-rules.ts';
import { checkFieldRef, checkResourceFieldRef, envFields } from './rules-downward.ts';
import { checkItemPath } from './rules-local-path.ts';
import { checkAbsolutePath, checkNoNul } from './rules-values.ts';
import type { LooseContainer, LooseProcess } from './schema.ts';

/** A list of variables. */
export function checkEnv(env: LooseContainer['env'], path: FieldPath, problems: ProblemSink): void {
  const seen = new Set<string>();
  env?.forEach((variable, index) => {
    const at = [...path, index];
    const name = variable?.name;
    checkEnvName(name, [...at, 'name'], problems);
    if (name && seen.has(name)) problems.warn([...at, 'name'], `hides previous definition of "${name}"`);
    if (name) seen.add(name);
    checkNoNul(variable?.value, [...at, 'value'], problems);
    checkValueFrom(variable, at, problems);
  });
}

export function checkEnvName(name: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (name === '') problems.error(path, required());
  const complaint = name ? envNameComplaint(name) : undefined;
  if (complaint !== undefined) problems.error(path, invalid(name, complaint));
}

type EnvVar = NonNullable<NonNullable<LooseContainer['env']>[number]>;

function checkValueFrom(variable: EnvVar | undefined, path: FieldPath, problems: ProblemSink): void {
  const sources = variable?.valueFrom;
  if (sources === undefined) return;
  const count = Object.keys(sources).length;
  const at = [...path, 'valueFrom'];
  if (variable?.value) problems.error(at, invalid('', 'may not be specified when `value` is not empty'));
  else if (count === 0) {
    problems.error(
      at,
      invalid(
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  } else if (count > 1) {
    problems.error(at, invalid('', 'may not have more than one field specified at a time'));
  }
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    if (sources[name] !== undefined) checkKeyRef(sources[name], [...at, name], problems);
  }
  const { fieldRef, resourceFieldRef, fileKeyRef } = sources;
  if (fieldRef !== undefined) checkFieldRef(fieldRef, [...at, 'fieldRef'], envFields, problems);
  if (resourceFieldRef !== undefined)
    checkResourceFieldRef(resourceFieldRef, [...at, 'resourceFieldRef'], false, problems);
  if (fileKeyRef !== undefined) checkFileKeyRef(fileKeyRef, [...at, 'fileKeyRef'], problems);
}

type FileKeyRef = NonNullable<NonNullable<EnvVar['valueFrom']>['fileKeyRef']>;

/** That the volume is an emptyDir is looked at with the volumes (rules-env-files.ts). */
function checkFileKeyRef({ volumeName, path: file, key }: FileKeyRef, path: FieldPath, problems: ProblemSink): void {
  checkGiven(volumeName, dnsLabelComplaint, [...path, 'volumeName'], problems);
  checkGiven(key, envNameComplaint, [...path, 'key'], problems);
  if (!file) problems.error([...path, 'path'], required());
  else checkItemPath(file, [...path, 'path'], problems);
}

function checkGiven(
  value: string | undefined,
  complaintOf: (value: string) => string | undefined,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (!value) return problems.error(path, required());
  const complaint = complaintOf(value);
  if (complaint !== undefined) problems.error(path, invalid(value, complaint));
}

interface KeyRef {
  readonly name?: string | undefined;
  readonly key?: string | undefined;
}

function checkKeyRef(ref: KeyRef, path: FieldPath, problems: ProblemSink): void {
  const { name, key } = ref;
  // Kubernetes' words for a name that is not there
  const complaint = dnsSubdomainComplaint(name ?? '');
  if (complaint !== undefined && (name !== undefined || !('name' in ref)))
    problems.error([...path, 'name'], invalid(name ?? '', complaint));
  checkGiven(key, configKeyComplaint, [...path, 'key'], problems);
}

const checkObjectName = (name: string | undefined, path: FieldPath, problems: ProblemSink): void =>
  checkGiven(name, dnsSubdomainComplaint, path, problems);

/** envFrom and envFile of a container or program. */
export function checkEnvSources(
  { envFrom, envFile }: Pick<LooseContainer & LooseProcess, 'envFrom' | 'envFile'>,
  path: FieldPath,
  problems: ProblemSink,
): void {
  envFrom?.forEach((source, index) => {
    if (source !== undefined) checkEnvFrom(source, [...path, 'envFrom', index], problems);
  });
  envFile?.forEach((file, index) => {
    const at = [...path, 'envFile', index];
    if (typeof file === 'string') checkAbsolutePath(file, at, problems);
    else checkAbsolutePath(file?.path, [...at, 'path'], problems);
  });
}

type EnvFrom = NonNullable<NonNullable<LooseContainer['envFrom']>[number]>;

function checkEnvFrom(source: EnvFrom, path: FieldPath, problems: ProblemSink): void {
  const complaint = source.prefix ? envNameComplaint(source.prefix) : undefined;
  if (complaint !== undefined) problems.error([...path, 'prefix'], invalid(source.prefix, complaint));
  const given = (['configMapRef', 'secretRef'] as const).filter((name) => name in source);
  // Kubernetes names the list
  const told = { told: path.slice(0, -1) };
  if (given.length === 0) problems.error(path, invalid('', 'must specify one of: `configMapRef` or `secretRef`'), told);
  if (given.length > 1) problems.error(path, invalid('', 'may not have more than one field specified at a time'), told);
  for (const name of given) {
    const ref = source[name];
    if (ref !== undefined) checkObjectName(ref.name, [...path, name, 'name'], problems);
  }
}

/** A list of {name, value}, as Kubernetes writes it; else a map. */
export function isEnvList<T>(env: readonly T[] | object | undefined): env is readonly T[] {
  return Array.isArray(env);
}
