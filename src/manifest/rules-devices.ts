/** Rules for devices of a container. */
import type { DeviceSpec } from '../model/resource-spec.ts';
import { duplicate, type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { type DeviceFields, deviceFields, normaliseDevice } from './normalise-devices.ts';
import { maxMajor, maxMinor } from './resource-values.ts';
import { checkAbsolutePath, checkRange } from './rules-values.ts';
import type { LooseContainer } from './schema.ts';

/** What every container has in /dev. */
const ownPaths: ReadonlySet<string> = new Set(
  'null zero full random urandom tty console ptmx pts shm mqueue fd stdin stdout stderr core podctl'
    .split(' ')
    .map((name) => `/dev/${name}`),
);

export function checkDevices(container: LooseContainer, path: FieldPath, problems: ProblemSink): void {
  const seen = new Set<string>();
  container.devices?.forEach((written, index) => {
    if (written === undefined) return;
    const at = [...path, index];
    const fields = deviceFields(written as DeviceFields | string);
    const place = (name: string): FieldPath => (typeof written === 'string' ? at : [...at, name]);
    checkFields(fields, { at, place }, problems);
    checkAccess(fields.access, place('access'), problems);
    const device = normaliseDevice(fields);
    if (device.kind === 'node') checkRoom(device, container, at, problems);
    const key = keyOf(device);
    if (seen.has(key)) problems.error(at, duplicate(key));
    seen.add(key);
  });
}

/** Where a node cannot be made for the container alone. */
function checkRoom(
  { hostPath, path }: DeviceSpec & { readonly kind: 'node' },
  { namespaces, securityContext }: LooseContainer,
  at: FieldPath,
  problems: ProblemSink,
): void {
  const mode = namespaces?.mnt ?? 'private';
  const isThere = path === hostPath;
  if (mode !== 'private' && !(mode === 'host' && isThere))
    problems.error(at, forbidden(`may not be given together with namespaces.mnt ${String(mode)}`), {
      hint: 'its nodes are those of the mount namespace it joins: make the node in the container that makes it, and give its rule here',
    });
  else if (securityContext?.privileged === true && path.startsWith('/dev/') && !isThere)
    problems.error(at, forbidden('the /dev of a privileged container is that of the machine: nothing is made in it'), {
      hint: 'choose a place outside of /dev, or leave containerPath out',
    });
}

interface Places {
  readonly at: FieldPath;
  /** where a field stands; all of a text is one place */
  readonly place: (name: string) => FieldPath;
}

/** A node is known by where the container sees it, a rule by what it allows. */
const keyOf = (device: DeviceSpec): string =>
  device.kind === 'node' ? device.path : `${device.type} ${device.major}:${device.minor}`;

const ruleFields = ['type', 'major', 'minor'] as const;

function checkFields(fields: DeviceFields, { at, place }: Places, problems: ProblemSink): void {
  const given = ruleFields.filter((name) => name in fields && fields[name] !== '');
  if (fields.path === undefined) {
    checkRule(fields, given, { at, place }, problems);
    return;
  }
  for (const name of given) {
    problems.error([...at, name], forbidden('may not be given together with path'), {
      at: 'key',
      hint: 'a node has its number already; make the rule an entry of its own',
    });
  }
  checkAbsolutePath(fields.path, place('path'), problems);
  const seenAt = fields.containerPath ?? fields.path;
  if (fields.containerPath !== undefined) checkAbsolutePath(fields.containerPath, place('containerPath'), problems);
  if (ownPaths.has(seenAt.replace(/\/+$/, '')))
    problems.error(
      place(fields.containerPath === undefined ? 'path' : 'containerPath'),
      invalid(seenAt, 'every container has its own'),
      { hint: 'remove it' },
    );
  else if (seenAt.split('/').includes('..'))
    problems.error(place('containerPath'), invalid(seenAt, "must not contain '..'"));
}

function checkRule(
  { containerPath, major, minor }: DeviceFields,
  given: readonly (typeof ruleFields)[number][],
  { at, place }: Places,
  problems: ProblemSink,
): void {
  if (given.length === 0) problems.error(at, required('must specify one of: path, type with major and minor'));
  else {
    for (const name of ruleFields) {
      if (!given.includes(name))
        problems.error(place(name), required(name === 'type' ? 'c or b' : 'a number, or "*" for any'));
    }
  }
  if (containerPath !== undefined)
    problems.error(place('containerPath'), forbidden('a rule alone shows no node'), { at: 'key', hint: 'give path' });
  checkNumber(major, maxMajor, place('major'), problems);
  checkNumber(minor, maxMinor, place('minor'), problems);
}

function checkNumber(written: DeviceFields['major'], max: number, path: FieldPath, problems: ProblemSink): void {
  if (typeof written === 'number') checkRange(written, [0, max], path, problems);
  else if (written !== undefined && written !== '*') {
    const hint = /^\d+$/.test(written) ? 'remove the quotes' : undefined;
    problems.error(path, invalid(written, 'must be a number, or "*" for any'), { hint });
  }
}

function checkAccess(access: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (access === undefined) return;
  const isGood = /^[rwm]{1,3}$/.test(access) && new Set(access).size === access.length;
  if (!isGood) problems.error(path, invalid(access, 'must be of r (read), w (write) and m (mknod), each once'));
}
