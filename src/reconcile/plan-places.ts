/** What is told of changes of Namespaces and PersistentVolumeClaims, and what Kubernetes refuses to change of them. Pure. */
import { type FieldProblem, fieldProblem, forbidden } from '../manifest/field-problem.ts';
import type { ClaimManifest, NamespaceManifest } from '../model/object-manifest.ts';
import { parseQuantity } from '../util/quantity.ts';
import { sameJson } from '../util/same-json.ts';
import type { DataMeaning } from './data-meaning.ts';

export const namespaceMeaning: DataMeaning<NamespaceManifest> = {
  stored: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }),
  document: () => ({}),
  tell: (change) => ({ ...change, why: 'NetworkPolicies select namespaces by their labels' }),
  checkUpdate: () => [],
};

export const claimMeaning: DataMeaning<ClaimManifest> = {
  stored: ({ apiVersion, kind, metadata, spec }) => ({ apiVersion, kind, metadata, spec }),
  document: ({ spec }) => ({ spec }),
  tell: (change) => ({ ...change, why: 'the directory stays as it is, its size is not limited' }),
  checkUpdate: checkClaimUpdate,
};

const immutable =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

function checkClaimUpdate(existing: ClaimManifest, wanted: ClaimManifest): readonly FieldProblem[] {
  const hint = `podctl delete pvc ${existing.metadata.name} removes it with all that is in it, apply then makes it anew`;
  if (!sameJson(lasting(existing), lasting(wanted))) return [fieldProblem(['spec'], forbidden(immutable), { hint })];
  const [before, after] = [existing, wanted].map(storageOf);
  if (before === undefined || after === undefined || after >= before) return [];
  const path = ['spec', 'resources', 'requests', 'storage'];
  return [fieldProblem(path, forbidden('field can not be less than status.capacity'))];
}

const changeable = new Set(['resources', 'volumeAttributesClassName']);

/** "" and what is absent are the one class there is, and a directory. */
function lasting({ spec }: ClaimManifest): unknown {
  const kept = Object.fromEntries(Object.entries(spec).filter(([name]) => !changeable.has(name)));
  const { storageClassName, volumeMode } = spec;
  return { ...kept, storageClassName: storageClassName || 'local', volumeMode: volumeMode || 'Filesystem' };
}

const storageOf = ({ spec }: ClaimManifest): bigint | undefined =>
  parseQuantity(String(spec.resources?.requests?.storage ?? ''));
