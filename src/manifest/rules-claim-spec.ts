/** Rules for what a claim asks for (Kubernetes ValidatePersistentVolumeClaimSpec). */
import { parseQuantity } from '../util/quantity.ts';
import { sameJson } from '../util/same-json.ts';
import { type FieldPath, forbidden, invalid, type ProblemSink, required, unsupported } from './field-problem.ts';
import { dnsLabelComplaint, dnsSubdomainComplaint } from './name-rules.ts';
import { checkLabelSelector } from './rules-label-selector.ts';
import type { Loose } from './schema.ts';
import type { ClaimInput } from './schema-places.ts';

export type LooseClaimSpec = Loose<NonNullable<ClaimInput['spec']>>;
type Spec = LooseClaimSpec;

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];

/** Of a claim or of a template of one. */
export function checkClaimSpec(spec: Spec, path: FieldPath, problems: ProblemSink): void {
  checkModes(spec, path, problems);
  checkLabelSelector(spec.selector, [...path, 'selector'], problems);
  checkStorage(spec, path, problems);
  const { volumeMode } = spec;
  for (const field of ['storageClassName', 'volumeAttributesClassName'] as const) {
    const complaint = spec[field] ? dnsSubdomainComplaint(spec[field]) : undefined;
    if (complaint !== undefined) problems.error([...path, field], invalid(spec[field], complaint));
  }
  if (volumeMode && !volumeModes.includes(volumeMode))
    problems.error([...path, 'volumeMode'], unsupported(volumeMode, volumeModes));
  checkSources(spec, path, problems);
}

function checkModes(spec: Spec, path: FieldPath, problems: ProblemSink): void {
  const { accessModes: modes } = spec;
  const at = [...path, 'accessModes'];
  if (modes === undefined ? !Object.hasOwn(spec, 'accessModes') : modes.length === 0)
    problems.error(at, required('at least 1 access mode is required'), { hint: 'accessModes: [ReadWriteOnce]' });
  modes?.forEach((mode, index) => {
    if (mode !== undefined && !accessModes.includes(mode))
      problems.error([...at, index], unsupported(mode, accessModes), { told: at });
  });
  const isShared = modes?.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode ?? ''));
  if (modes?.includes('ReadWriteOncePod') && isShared)
    problems.error(at, forbidden('may not use ReadWriteOncePod with other access modes'), { at: 'key' });
}

function checkStorage({ resources, ...rest }: Spec, path: FieldPath, problems: ProblemSink): void {
  const requests = resources?.requests;
  const isCut = resources === undefined ? Object.hasOwn(rest, 'resources') : Object.hasOwn(resources, 'requests');
  if (requests === undefined && isCut) return;
  const at = [...path, 'resources', 'requests', 'storage'];
  const told = [...path, 'resources', 'storage'];
  if (requests === undefined || !Object.hasOwn(requests, 'storage')) {
    problems.error(at, required(), { told, hint: 'resources: {requests: {storage: 1Gi}}' });
    return;
  }
  const written = requests.storage;
  const amount = written === undefined ? 1n : parseQuantity(String(written));
  if (amount === undefined) problems.error(at, invalid(written, 'must be a quantity'), { told, hint: 'as 500Mi, 1Gi' });
  else if (amount <= 0n) problems.error(at, invalid(written, 'must be greater than zero'), { told });
}

/** What it begins as a copy of. */
function checkSources({ dataSource, dataSourceRef }: Spec, path: FieldPath, problems: ProblemSink): void {
  if (dataSource !== undefined) checkSource(dataSource, [...path, 'dataSource'], problems);
  if (dataSourceRef !== undefined) checkSource(dataSourceRef, [...path, 'dataSourceRef'], problems);
  if (dataSource === undefined || dataSourceRef === undefined) return;
  const place = [...path, 'dataSource'];
  if (dataSourceRef.namespace)
    problems.error(place, invalid('dataSource', 'may not be specified when dataSourceRef.namespace is specified'), {
      told: path,
    });
  else if (!sameJson(dataSource, { ...dataSourceRef }))
    problems.error(place, invalid('dataSource', 'must match dataSourceRef'), { told: path });
}

type Source = NonNullable<Spec['dataSourceRef']>;

function checkSource(source: Source, path: FieldPath, problems: ProblemSink): void {
  const { apiGroup = '', kind = '', namespace } = source;
  for (const field of ['name', 'kind'] as const) if (!source[field]) problems.error([...path, field], required());
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim')
    problems.error(path, invalid(kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  const complaints = {
    apiGroup: apiGroup === '' ? undefined : dnsSubdomainComplaint(apiGroup),
    namespace: namespace ? dnsLabelComplaint(namespace) : undefined,
  };
  for (const field of ['apiGroup', 'namespace'] as const)
    if (complaints[field] !== undefined) problems.error([...path, field], invalid(source[field], complaints[field]));
}
