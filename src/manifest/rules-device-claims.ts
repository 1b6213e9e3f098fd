/** Rules for claims of devices (Kubernetes validatePodResourceClaims, validateResourceClaimNames): refused where a cluster refuses them. */
import { duplicate, type FieldPath, invalid, notFound, type ProblemSink, required } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import { dnsLabelComplaint, dnsSubdomainComplaint } from './name-rules.ts';
import type { LooseContainer, LooseSpec } from './schema.ts';

export function checkClaimsOfDevices(spec: LooseSpec, problems: ProblemSink): void {
  const names = new Set<string>();
  spec.resourceClaims?.forEach((claim, index) => {
    if (claim !== undefined) checkClaim(claim, names, ['spec', 'resourceClaims', index], problems);
  });
  const isWhole = spec.resourceClaims !== undefined || !Object.hasOwn(spec, 'resourceClaims');
  if (!isWhole) return;
  for (const { container, path } of listedContainers(spec))
    checkUses(container.resources?.claims, names, [...path, 'resources', 'claims'], problems);
}

type Claim = NonNullable<NonNullable<LooseSpec['resourceClaims']>[number]>;

function checkClaim(claim: Claim, names: Set<string>, path: FieldPath, problems: ProblemSink): void {
  const { name = '' } = claim;
  const complaint = name === '' ? undefined : dnsLabelComplaint(name);
  if (name === '') problems.error([...path, 'name'], required());
  else if (names.has(name)) problems.error([...path, 'name'], duplicate(name));
  else if (complaint !== undefined) problems.error([...path, 'name'], invalid(name, complaint));
  names.add(name);
  const sources = (['resourceClaimName', 'resourceClaimTemplateName'] as const).filter((field) => field in claim);
  if (sources.length > 1)
    problems.error(
      path,
      invalid(claim, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'),
    );
  if (sources.length === 0)
    problems.error(path, invalid(claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
  for (const field of sources) {
    const wrong = claim[field] === undefined ? undefined : dnsSubdomainComplaint(claim[field]);
    if (wrong !== undefined) problems.error([...path, field], invalid(claim[field], wrong));
  }
}

type Uses = NonNullable<LooseContainer['resources']>['claims'];

function checkUses(uses: Uses, names: ReadonlySet<string>, path: FieldPath, problems: ProblemSink): void {
  const seen = new Set<string>();
  uses?.forEach((use, index) => {
    if (use === undefined || ('name' in use && use.name === undefined)) return;
    const { name = '', request = '' } = use;
    const at = [...path, index];
    if (name === '') problems.error(at, required());
    else checkUse({ name, request }, seen, at, problems);
    if (name !== '' && !names.has(name))
      problems.error(at, `${notFound(name)}: must be one of the names in pod.spec.resourceClaims`);
  });
}

/** One request of a claim, or all of them; neither is used twice. */
function checkUse(
  { name, request }: { readonly name: string; readonly request: string },
  seen: Set<string>,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const complaint = request === '' ? undefined : dnsLabelComplaint(request);
  if (complaint !== undefined) problems.error([...path, 'request'], invalid(request, complaint));
  const key = request === '' ? name : `${name}/${request}`;
  const isTaken = request === '' && [...seen].some((other) => other.startsWith(`${name}/`));
  if (seen.has(name) || seen.has(key) || isTaken) problems.error(path, duplicate(key));
  seen.add(key);
}
