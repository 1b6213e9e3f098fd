/** `set env`: other variables of containers, in the pod template as podd keeps it. */
import type { ConfigMapObject, SecretObject } from '../protocol/objects.ts';
import { objectPath } from './change-object.ts';
import type { Client } from './client.ts';
import { connectPodd } from './connect-podd.ts';
import { type EditOptions, type EditTarget, editObjects, formatEditTarget, parseEditTargets } from './edit-objects.ts';
import type { Io } from './io.ts';
import { type Fields, fieldsOf, records, text } from './loose-values.ts';
import { changeContainers, changePodSpec, checkHasPods, containersOf, podSpecOf } from './pod-template.ts';
import { checkNamespace } from './scope.ts';
import { UsageError } from './usage-error.ts';

const form = 'podctl set env deployment/web LOG=debug OLD-';

export interface SetEnvOptions extends EditOptions {
  readonly container?: string;
  readonly list?: boolean;
  readonly from?: string;
  readonly keys?: readonly string[];
  readonly prefix?: string;
}

/** One variable, or the name of one that is to go. */
type EnvChange = { readonly variable: Fields } | { readonly gone: string };

/** `words`: objects, then NAME=VALUE or NAME- for each. */
export async function setEnv(words: readonly string[], flags: SetEnvOptions, io: Io): Promise<number> {
  const isChange = (word: string): boolean => word.includes('=') || word.endsWith('-');
  const targets = parseEditTargets(
    words.filter((word) => !isChange(word)),
    form,
  );
  checkHasPods(targets, form);
  if (flags.list) return await listEnv(targets, flags, io);
  const given = words.filter(isChange).map(parseChange);
  const changes = flags.from === undefined ? given : [...given, ...(await readKeys(flags.from, flags, io))];
  if (changes.length === 0) throw new UsageError('which variables?', form);
  return await editObjects(
    targets,
    (object, { kind }) => ({
      object: changePodSpec(object, kind, (spec) => changeNamed(spec, flags, (one) => withEnv(one, changes))),
      done: 'env updated',
    }),
    flags,
    io,
  );
}

/** Those of `--container`, else all. */
export const changeNamed = (
  spec: Fields,
  { container = '*' }: { readonly container?: string },
  change: (container: Fields) => Fields,
): Fields => changeContainers(spec, container, (name) => container === '*' || name === container, change);

function parseChange(word: string): EnvChange {
  const at = word.indexOf('=');
  const name = at < 0 ? word.slice(0, -1) : word.slice(0, at);
  if (name === '') throw new UsageError(`"${word}" is not NAME=VALUE or NAME-`, form);
  return at < 0 ? { gone: name } : { variable: { name, value: word.slice(at + 1) } };
}

/** A variable that is there keeps its place: others may use it. */
function withEnv(container: Fields, changes: readonly EnvChange[]): Fields {
  const env = new Map(records(container.env).map((variable) => [String(variable.name), variable]));
  for (const change of changes) {
    if ('gone' in change) env.delete(change.gone);
    else env.set(String(change.variable.name), change.variable);
  }
  const { env: _before, ...others } = container;
  return env.size === 0 ? others : { ...others, env: [...env.values()] };
}

/** `--from configmap/app`: a variable for each of its keys, or those of `--keys`, that refers to it. */
async function readKeys(
  from: string,
  { namespace, keys, prefix = '' }: SetEnvOptions,
  io: Io,
): Promise<readonly EnvChange[]> {
  const [source, ...more] = parseEditTargets([from], '--from configmap/NAME');
  if (source === undefined || more.length > 0 || (source.kind !== 'ConfigMap' && source.kind !== 'Secret'))
    throw new UsageError(`--from ${from} is neither a configmap nor a secret`, '--from configmap/NAME');
  const path = objectPath(source.kind, checkNamespace(namespace), source.name);
  const object = await connectPodd(io.env).json<ConfigMapObject | SecretObject>('GET', path);
  const wanted = keys?.flatMap((list) => list.split(','));
  const found = [...Object.keys(object.data ?? {}), ...Object.keys(fieldsOf(Reflect.get(object, 'binaryData')))];
  const field = source.kind === 'ConfigMap' ? 'configMapKeyRef' : 'secretKeyRef';
  return found
    .filter((key) => wanted === undefined || wanted.includes(key))
    .map((key) => ({
      variable: { name: prefix + variableName(key), valueFrom: { [field]: { name: source.name, key } } },
    }));
}

/** As kubectl makes it. */
const variableName = (key: string): string => key.replace(/[^a-zA-Z0-9_]/g, '_').toUpperCase();

async function listEnv(targets: readonly EditTarget[], flags: SetEnvOptions, io: Io): Promise<number> {
  const client = connectPodd(io.env);
  for (const target of targets) io.out(await formatEnv(client, target, flags));
  return 0;
}

async function formatEnv(client: Client, target: EditTarget, { namespace, container }: SetEnvOptions): Promise<string> {
  const object = await client.json<Fields>('GET', objectPath(target.kind, checkNamespace(namespace), target.name));
  return containersOf(podSpecOf(object, target.kind))
    .filter(({ name }) => container === undefined || container === '*' || name === container)
    .map((one) => {
      const lines = records(one.env).map(formatVariable);
      return [`# ${formatEditTarget(target)}, container ${text(one.name)}`, ...lines]
        .map((line) => `${line}\n`)
        .join('');
    })
    .join('');
}

function formatVariable({ name, value, valueFrom }: Fields): string {
  if (valueFrom === undefined) return `${text(name)}=${text(value ?? '')}`;
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef, fileKeyRef } = fieldsOf(valueFrom);
  const key = fieldsOf(configMapKeyRef ?? secretKeyRef);
  if (configMapKeyRef !== undefined) return `# ${text(name)} from configmap ${text(key.name)}, key ${text(key.key)}`;
  if (secretKeyRef !== undefined) return `# ${text(name)} from secret ${text(key.name)}, key ${text(key.key)}`;
  if (fieldRef !== undefined) return `# ${text(name)} from field path ${text(fieldsOf(fieldRef).fieldPath)}`;
  if (fileKeyRef !== undefined) return `# ${text(name)} from file ${text(fieldsOf(fileKeyRef).path)}`;
  return `# ${text(name)} from resource field ${text(fieldsOf(resourceFieldRef).resource)}`;
}
