/** Puts into a container's spec what is known only when it starts (model/late-value.ts). Pure. */
import { fillLate, isLate, type LateValues, lateFields } from '../model/late-value.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { type LateFacts, lateLookup } from './late-facts.ts';

/** What the marks in the container's spec stand for at this moment, and its service links. What was known before stays. */
export function lateValuesOf(container: ContainerSpec, facts: LateFacts, known?: LateValues): LateValues {
  const lookUp = lateLookup(facts);
  const values: Record<string, string> = {};
  for (const text of textsOf(container)) {
    for (const field of lateFields(text)) values[field] = known?.values[field] ?? lookUp(field) ?? '';
  }
  return { values, services: known?.services ?? facts.services ?? {} };
}

/** For people: what only the start can tell stands as `<status.podIP>`. */
export function explainLateValues(container: ContainerSpec, pod: LatePod): LateValues {
  const lookUp = lateLookup(startlessFacts(pod));
  const told = (field: string) => (field.startsWith('metadata.') ? lookUp(field) : undefined);
  const fields = textsOf(container).flatMap(lateFields);
  return { values: Object.fromEntries(fields.map((field) => [field, told(field) ?? `<${field}>`])), services: {} };
}

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
    ? mapTexts(container, (text) => fillLate(text, (field) => values[field]))
    : container;
  if (Object.keys(services).length === 0) return filled;
  const programs = filled.programs.map((program) => ({ ...program, env: { ...services, ...program.env } }));
  return { ...filled, programs };
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
