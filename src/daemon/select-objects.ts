/** The selectors of a list, watch or delete request as one test on objects. */
import type { EventObject, PodObject } from '../protocol/objects.ts';
import { matchesLabels } from '../util/match-labels.ts';
import type { Result } from '../util/result.ts';
import type { ApiCall } from './api-context.ts';
import { matchesFields, parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { ApiError } from './status-errors.ts';

/** The pods that `:namespace`, labelSelector and fieldSelector ask for. */
export function podSelection(call: Pick<ApiCall, 'params' | 'query'>): (pod: PodObject) => boolean {
  const labels = valueOrBadRequest(parseLabelSelector(call.query.get('labelSelector') ?? ''));
  const fields = valueOrBadRequest(parseFieldSelector(call.query.get('fieldSelector') ?? '', podFields));
  const { namespace } = call.params;
  return (pod) =>
    (namespace === undefined || pod.metadata.namespace === namespace) &&
    matchesLabels(labels, pod.metadata.labels ?? {}) &&
    matchesFields(fields, fieldsOfPod(pod));
}

/** The events that `:namespace` and fieldSelector ask for. Events have no labels: a labelSelector that needs one matches none. */
export function eventSelection(call: Pick<ApiCall, 'params' | 'query'>): (event: EventObject) => boolean {
  const labels = valueOrBadRequest(parseLabelSelector(call.query.get('labelSelector') ?? ''));
  const fields = valueOrBadRequest(parseFieldSelector(call.query.get('fieldSelector') ?? '', eventFields));
  const { namespace } = call.params;
  return (event) =>
    (namespace === undefined || event.metadata.namespace === namespace) &&
    matchesLabels(labels, {}) &&
    matchesFields(fields, fieldsOfEvent(event));
}

/** The objects of another kind that `:namespace`, labelSelector and fieldSelector ask for. */
export function dataSelection(call: Pick<ApiCall, 'params' | 'query'>): (object: Selectable) => boolean {
  const labels = valueOrBadRequest(parseLabelSelector(call.query.get('labelSelector') ?? ''));
  const fields = valueOrBadRequest(parseFieldSelector(call.query.get('fieldSelector') ?? '', dataFields));
  const { namespace } = call.params;
  return ({ metadata, type }) =>
    (namespace === undefined || metadata.namespace === namespace) &&
    matchesLabels(labels, metadata.labels ?? {}) &&
    matchesFields(fields, {
      'metadata.name': metadata.name,
      'metadata.namespace': metadata.namespace,
      type,
    });
}

interface Selectable {
  readonly metadata: {
    readonly namespace?: string | undefined;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  /** of a Secret */
  readonly type?: string;
}

interface Placed {
  readonly metadata: { readonly namespace?: string | undefined; readonly name: string };
}

/** The order of lists. */
export function byNamespaceAndName(a: Placed, b: Placed): number {
  return compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compare(a.metadata.name, b.metadata.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const dataFields = ['metadata.name', 'metadata.namespace', 'type'] as const;
const podFields = ['metadata.name', 'metadata.namespace', 'spec.restartPolicy', 'status.phase'] as const;
const eventFields = [
  'metadata.name',
  'metadata.namespace',
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.fieldPath',
  'reason',
  'type',
] as const;

function fieldsOfPod(pod: PodObject): Record<(typeof podFields)[number], string> {
  return {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'spec.restartPolicy': String(pod.spec.restartPolicy ?? 'Always'),
    'status.phase': pod.status.phase,
  };
}

function fieldsOfEvent(event: EventObject): Record<(typeof eventFields)[number], string | undefined> {
  return {
    'metadata.name': event.metadata.name,
    'metadata.namespace': event.metadata.namespace,
    'involvedObject.kind': event.involvedObject.kind,
    'involvedObject.namespace': event.involvedObject.namespace,
    'involvedObject.name': event.involvedObject.name,
    'involvedObject.uid': event.involvedObject.uid,
    'involvedObject.fieldPath': event.involvedObject.fieldPath,
    reason: event.reason,
    type: event.type,
  };
}

function valueOrBadRequest<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new ApiError('BadRequest', result.error);
}
