/** Puts into a container's spec what is known only when it starts (model/late-value.ts). Pure. */
import {
  absentValue,
  fileKeyOf,
  fillLate,
  isLate,
  type LateValues,
  lateFields,
  lateFile,
} from '../model/late-value.ts';
import type { ContainerSpec, ProgramSpec } from '../model/pod-spec.ts';
import { type LateFacts, lateLookup } from './late-facts.ts';

/** What the marks in the container's spec stand for at this moment, and its service links. What was known before stays. */
export function lateValuesOf(container: ContainerSpec, facts: LateFacts, known?: LateValues): LateValues {
  const lookUp = lateLookup(facts);
  const values: Record<string, string> = {};
  for (const text of textsOf(container)) {
    for (const field of lateFields(text))
      values[field] = known?.values[field] ?? lookUp(field) ?? (fileKeyOf(field) === undefined ? '' : absentValue);
  }
  return { values, services: known?.services ?? facts.services ?? {} };
}

/** For people: what only the start can tell stands as `<status.podIP>`. */
export function explainLateValues(container: ContainerSpec, pod: LatePod): LateValues {
  const lookUp = lateLookup(startlessFacts(pod));
  const told = (field: string) => (field.startsWith('metadata.') ? lookUp(field) : undefined);
  const fields = textsOf(container).flatMap(lateFields);
  return {
    values: Object.fromEntries(fields.map((field) => [field, told(field) ?? `<${inWords(field)}>`])),
    services: {},
  };
}

function inWords(field: string): string {
  const file = fileKeyOf(field);
  return file === undefined ? field : `key ${file.key} in ${file.path} of volume ${file.volume}`;
}

/** What of the container's variables stands in files of volumes. */
export const fileFields = (container: ContainerSpec): readonly string[] =>
  [...new Set(textsOf(container).flatMap(lateFields)).values()].filter((field) => fileKeyOf(field) !== undefined);

/** Without a daemon: no address, nothing limited. */
export const lateValuesAlone = (container: ContainerSpec, pod: LatePod): LateValues =>
  lateValuesOf(container, startlessFacts(pod));

type LatePod = Pick<LateFacts, 'name' | 'namespace' | 'labels' | 'annotations' | 'uid' | 'nodeName'>;

const startlessFacts = ({ name, namespace, labels, annotations, uid, nodeName }: LatePod): LateFacts => ({
  ...{ name, namespace, labels, annotations, uid, nodeName },
  ...{ serviceAccountName: 'default', podIPs: [], hostIPs: [], resources: {} },
  node: { cpuMillis: 0, memoryBytes: 0, storageBytes: 0 },
});

/** The container with every mark replaced, and the service links in each program's environment where the manifest does not give them. */
export function fillContainer(container: ContainerSpec, { values, services }: LateValues): ContainerSpec {
  const filled = hasMarks(container)
    ? mapTexts(withoutAbsent(container, values), (text) => fillLate(text, (field) => textFor(field, values[field])))
    : container;
  if (Object.keys(services).length === 0) return filled;
  const programs = filled.programs.map((program) => ({ ...program, env: { ...services, ...program.env } }));
  return { ...filled, programs };
}

/** A variable that is not set is no variable: who uses it finds `$(NAME)` as it is written. */
function textFor(field: string, value: string | undefined): string | undefined {
  const file = fileKeyOf(field);
  return file === undefined || (value !== undefined && value !== absentValue) ? value : `$(${file.variable})`;
}

function withoutAbsent(container: ContainerSpec, values: LateValues['values']): ContainerSpec {
  const absent = new Map(
    Object.entries(values).flatMap(([field, value]) => {
      const file = value === absentValue ? fileKeyOf(field) : undefined;
      return file === undefined ? [] : [[file.variable, lateFile(file)] as const];
    }),
  );
  if (absent.size === 0) return container;
  const isSet = ([name, value]: readonly [string, string]): boolean => absent.get(name) !== value;
  const lessOf = (program: ProgramSpec): ProgramSpec => ({
    ...program,
    env: Object.fromEntries(Object.entries(program.env).filter(isSet)),
  });
  return { ...container, programs: container.programs.map(lessOf) };
}

/** JSON writes a NUL in only one way, and a text that holds these six characters has its backslash doubled. */
const hasMarks = (container: ContainerSpec): boolean => JSON.stringify(container).includes('\\u0000');

function textsOf(container: ContainerSpec): readonly string[] {
  if (!hasMarks(container)) return [];
  const texts: string[] = [];
  mapTexts(container, (text) => {
    if (isLate(text)) texts.push(text);
    return text;
  });
  return texts;
}

function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)])) as T;
}
