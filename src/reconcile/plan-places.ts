/** What is told of changes of Namespaces and PersistentVolumeClaims, and what Kubernetes refuses to change of them. Pure. */
import { type FieldProblem, fieldProblem, forbidden, invalid } from '../manifest/field-problem.ts';
import type { ClaimManifest, NamespaceManifest } from '../model/object-manifest.ts';
import { parseQuantity } from '../util/quantity.ts';
import { sameMeaning } from '../util/same-meaning.ts';
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
  const [before, after] = [existing, wanted].map(storageOf);
  const isSmaller = before !== undefined && after !== undefined && after < before;
  return [
    ...(sameMeaning(lasting(existing), lasting(wanted))
      ? []
      : [fieldProblem(['spec'], forbidden(immutable), { hint })]),
    ...(isSmaller ? [tooSmall] : []),
    ...(modeOf(existing) === modeOf(wanted)
      ? []
      : [fieldProblem(['spec', 'volumeMode'], invalid(modeOf(wanted), 'field is immutable'), { hint })]),
  ];
}

/** Kubernetes' own spelling of its field, here alone. */
const tooSmall: FieldProblem = {
  ...fieldProblem(
    ['spec', 'resources', 'requests', 'storage'],
    forbidden('field can not be less than status.capacity'),
  ),
  field: 'spec.resources.requests.storage',
};

/** What cannot be changed; "" and what is absent are the one class there is, and a directory. */
function lasting(claim: ClaimManifest): unknown {
  const { resources, volumeAttributesClassName: _class, ...others }: WrittenClaim = claim.spec;
  const { storage: _size, ...requests } = resources?.requests ?? {};
  return {
    ...others,
    resources: { ...resources, requests },
    storageClassName: others.storageClassName || 'local',
    volumeMode: modeOf(claim),
  };
}

/** of no meaning on this machine */
type WrittenClaim = ClaimManifest['spec'] & { readonly volumeAttributesClassName?: string };

const modeOf = ({ spec }: ClaimManifest): string => spec.volumeMode || 'Filesystem';

const storageOf = ({ spec }: ClaimManifest): bigint | undefined =>
  parseQuantity(String(spec.resources?.requests?.storage ?? ''));
