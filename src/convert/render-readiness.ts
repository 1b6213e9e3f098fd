/** When a container with programs is ready, in the one probe that Kubernetes has for it. Pure. */
import { type FieldPath, type FieldProblem, fieldProblem } from '../manifest/field-problem.ts';
import { parseSeconds } from '../manifest/process-values.ts';
import { type Fields, listOf, mapOf } from './loose-fields.ts';

const handlers = ['exec', 'httpGet', 'tcpSocket'] as const;
const seconds = ['initialDelaySeconds', 'periodSeconds', 'timeoutSeconds'] as const;
const counts = ['successThreshold', 'failureThreshold'] as const;

export interface RenderedReadiness {
  /** readinessProbe, or nothing */
  readonly fields: Fields;
  readonly warnings: readonly FieldProblem[];
}

/** The probe of the only program that has one; a container's own probe says enough. */
export function renderReadiness(container: Fields, path: FieldPath): RenderedReadiness {
  const said = listOf(container.processes)
    .map((process, index) => ({ index, readiness: mapOf(process).readiness }))
    .filter(({ readiness }) => readiness !== undefined);
  if (container.readinessProbe !== undefined || said.length === 0) return { fields: {}, warnings: [] };
  const probes = said.filter(({ readiness }) => handlers.some((kind) => mapOf(readiness)[kind] !== undefined));
  const [only] = probes;
  const left = said.filter((one) => one !== only || probes.length > 1);
  return {
    fields: only === undefined || probes.length > 1 ? {} : { readinessProbe: renderProbe(mapOf(only.readiness)) },
    warnings: left.map(({ index }) =>
      fieldProblem(
        [...path, 'processes', index, 'readiness'],
        'podinit waits for it, but Kubernetes, which asks the container alone, does not',
        { at: 'key', hint: 'give the container a readinessProbe' },
      ),
    ),
  };
}

/** Kubernetes counts whole seconds; its port names are the container's, as here. */
function renderProbe(readiness: Fields): Fields {
  const written = [
    ...handlers.map((kind) => [kind, readiness[kind]] as const),
    ...seconds.map((name) => [name, wholeSeconds(readiness[name])] as const),
    ...counts.map((name) => [name, readiness[name]] as const),
  ];
  return Object.fromEntries(written.filter(([, value]) => value !== undefined));
}

function wholeSeconds(value: unknown): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const ms = parseSeconds(value);
  return ms === undefined ? undefined : Math.ceil(ms / 1000);
}
