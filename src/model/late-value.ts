/**
 * Values of the downward API that are known only when a container starts (its pod's addresses and uid, labels as they are then) stand
 * in the spec as marks between NULs, which no variable, argument or file name can hold. Pure text, so `$(VAR)` expands to them too, and
 * a changed label or address is no drift.
 */
const mark = '\u0000';

/** Stands for what `field` will be: an ObjectFieldSelector's fieldPath, such as `status.podIP`. */
export const lateValue = (field: string): string => `${mark}${field}${mark}`;

export const isLate = (text: string): boolean => text.includes(mark);

/** The text with every mark replaced; what `lookUp` does not know becomes empty, as the kubelet has it. */
export const fillLate = (text: string, lookUp: (field: string) => string | undefined): string =>
  text
    .split(mark)
    .map((part, index) => (index % 2 === 0 ? part : (lookUp(part) ?? '')))
    .join('');

/** Stands for a ResourceFieldSelector: what a container may have (`limits.cpu`), in units of the divisor, rounded up. */
export const lateResource = (container: string, resource: string, divisor: string): string =>
  lateValue(`resource ${container} ${resource} ${divisor}`);

/** Stands for a variable of Kubernetes' service links; where there is no such Service it stays `$(NAME)`. */
export const lateService = (variable: string): string => lateValue(`service ${variable}`);

/** What Kubernetes' fileKeyRef asks for: a key of a file that another container of the pod has written into a volume. */
export interface FileKey {
  /** the name that its value is given */
  readonly variable: string;
  readonly volume: string;
  /** in the volume, relative */
  readonly path: string;
  readonly key: string;
  /** file and key need not be there */
  readonly optional: boolean;
}

const fileField = 'file ';

/** Stands for the value of a key of a file, as it is when the container starts. */
export const lateFile = ({ variable, volume, path, key, optional }: FileKey): string =>
  lateValue(fileField + JSON.stringify([variable, volume, path, key, optional]));

/** Undefined: the field is another one. */
export function fileKeyOf(field: string): FileKey | undefined {
  if (!field.startsWith(fileField)) return undefined;
  const [variable, volume, path, key, optional] = JSON.parse(field.slice(fileField.length));
  return { variable, volume, path, key, optional };
}

/** The value of a file's key that is not there: its variable is not set. No file can give it. */
export const absentValue = mark;

/** What such a variable may be called. */
export const isServiceLink = (variable: string): boolean =>
  /^[A-Z][A-Z0-9_]*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/.test(
    variable,
  );

/** Every field that marks in these texts stand for. */
export function lateFields(text: string): readonly string[] {
  return text.split(mark).filter((_part, index) => index % 2 === 1);
}

/** What marks of one start stand for, and its service links: kept as long as the container runs, so that its programs' plans stay the same. */
export interface LateValues {
  /** by field */
  readonly values: Readonly<Record<string, string>>;
  /** variables that every program has unless the manifest gives them */
  readonly services: Readonly<Record<string, string>>;
}

export const noLateValues: LateValues = { values: {}, services: {} };
