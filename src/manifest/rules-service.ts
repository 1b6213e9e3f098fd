/** Rules for Services (Kubernetes ValidateService). What depends on other Services is reconcile/allocate-service.ts's. */
import { contains, parseAddress, parseCidr } from '../util/cidr.ts';
import {
  duplicate,
  type FieldPath,
  forbidden,
  invalid,
  type ProblemSink,
  required,
  unsupported,
} from './field-problem.ts';
import { warnService } from './honour-service.ts';
import {
  addressComplaint,
  dnsLabel1035Complaint,
  dnsLabelComplaint,
  dnsSubdomainComplaint,
  portNameComplaint,
  qualifiedNameComplaint,
} from './name-rules.ts';
import { checkLabels } from './rules-label-selector.ts';
import { checkMetadata } from './rules-metadata.ts';
import { checkClusterIPs } from './rules-service-ips.ts';
import { checkRange } from './rules-values.ts';
import type { Loose } from './schema.ts';
import type { ServiceInput } from './schema-service.ts';

export type LooseServiceSpec = NonNullable<Loose<ServiceInput>['spec']>;
type Port = NonNullable<NonNullable<LooseServiceSpec['ports']>[number]>;

export function checkService(service: Loose<ServiceInput>, problems: ProblemSink): void {
  checkMetadata(service.metadata, problems, dnsLabel1035Complaint);
  const { spec } = service;
  if (spec === undefined) return;
  checkType(spec, problems);
  checkPorts(spec, problems);
  checkLabels(spec.selector, ['spec', 'selector'], problems);
  checkAffinity(spec, problems);
  checkClusterIPs(spec, problems);
  checkExternalIPs(spec.externalIPs, problems);
  checkBalancerFields(spec, service.metadata?.annotations, problems);
  checkClusterNames(spec, problems);
  checkTrafficPolicies(spec, problems);
  warnService(service, problems);
}

/** Of a field that is there but of a wrong kind, the schema has spoken. */
const lacks = (spec: LooseServiceSpec, field: keyof LooseServiceSpec): boolean => {
  const value = spec[field];
  return value === undefined ? !Object.hasOwn(spec, field) : Array.isArray(value) ? value.length === 0 : value === '';
};

const kubeletPort = 10250;

function checkType(spec: LooseServiceSpec, problems: ProblemSink): void {
  const { type = 'ClusterIP', clusterIP, clusterIPs } = spec;
  const isHeadless = clusterIP === 'None' || clusterIPs?.[0] === 'None';
  if (type !== 'ExternalName' && !isHeadless && lacks(spec, 'ports')) problems.error(['spec', 'ports'], required());
  if (isHeadless && (type === 'NodePort' || type === 'LoadBalancer'))
    problems.error(['spec', 'clusterIP'], invalid('None', `may not be set to 'None' for ${type} services`), {
      told: ['spec', 'clusterIPs', 0],
    });
  if (type === 'ExternalName') checkExternalName(spec, problems);
}

function checkExternalName(spec: LooseServiceSpec, problems: ProblemSink): void {
  const { externalName } = spec;
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) {
    if (!lacks(spec, field))
      problems.error(['spec', field], forbidden('may not be set for ExternalName services'), { at: 'key' });
  }
  const name = externalName?.replace(/\.$/, '');
  if (lacks(spec, 'externalName')) problems.error(['spec', 'externalName'], required());
  const complaint = name ? dnsSubdomainComplaint(name) : undefined;
  if (complaint !== undefined) problems.error(['spec', 'externalName'], invalid(externalName, complaint));
}

function checkPorts({ ports = [], type }: LooseServiceSpec, problems: ProblemSink): void {
  const seen = { name: new Set<string>(), port: new Set<string>(), nodePort: new Set<string>() };
  ports.forEach((entry, index) => {
    if (entry === undefined) return;
    const path: FieldPath = ['spec', 'ports', index];
    checkPortName(entry, ports.length > 1, path, problems);
    checkPortNumbers(entry, type || 'ClusterIP', path, problems);
    const { name, port, nodePort } = entry;
    const once = (key: string | undefined, kind: keyof typeof seen, field: FieldPath, value: unknown): void => {
      if (key === undefined) return;
      if (seen[kind].has(key)) problems.error([...path, ...field], duplicate(value));
      seen[kind].add(key);
    };
    const protocol = entry.protocol || 'TCP';
    once(name || undefined, 'name', ['name'], name);
    once(port === undefined ? undefined : `${port}/${protocol}`, 'port', [], `${port}/${protocol}`);
    once(nodePort ? `${nodePort}/${protocol}` : undefined, 'nodePort', ['nodePort'], nodePort);
  });
}

function checkPortName(entry: Port, isNeeded: boolean, path: FieldPath, problems: ProblemSink): void {
  const { name, targetPort, appProtocol } = entry;
  const isGiven = Object.hasOwn(entry, 'name') && name !== '';
  if (isNeeded && !isGiven)
    problems.error([...path, 'name'], required('a Service with several ports needs one for each'));
  const complaint = name ? dnsLabelComplaint(name) : undefined;
  if (complaint !== undefined) problems.error([...path, 'name'], invalid(name, complaint));
  const target = typeof targetPort === 'string' ? portNameComplaint(targetPort) : undefined;
  if (target !== undefined)
    problems.error([...path, 'targetPort'], invalid(targetPort, target), { hint: numberHint(targetPort) });
  const application = appProtocol ? qualifiedNameComplaint(appProtocol) : undefined;
  if (application !== undefined) problems.error([...path, 'appProtocol'], invalid(appProtocol, application));
}

/** Kubernetes takes a quoted number for a name, and then refuses it. */
const numberHint = (port: unknown): string | undefined =>
  typeof port === 'string' && /^\d+$/.test(port) ? 'a number is written without quotes' : undefined;

function checkPortNumbers(entry: Port, type: string, path: FieldPath, problems: ProblemSink): void {
  const { port, targetPort, nodePort } = entry;
  // Kubernetes reads a port that is absent as 0
  checkRange(Object.hasOwn(entry, 'port') ? port : 0, [1, 65535], [...path, 'port'], problems);
  if (typeof targetPort === 'number') checkRange(targetPort, [1, 65535], [...path, 'targetPort'], problems);
  if (nodePort) checkRange(nodePort, [1, 65535], [...path, 'nodePort'], problems);
  if (type === 'ClusterIP' && nodePort)
    problems.error([...path, 'nodePort'], forbidden("may not be used when `type` is 'ClusterIP'"), {
      hint: 'type: NodePort',
    });
  if (type === 'LoadBalancer' && port === kubeletPort)
    problems.error(
      [...path, 'port'],
      invalid(port, `may not expose port ${kubeletPort} externally since it is used by kubelet`),
    );
}

/** Kubernetes MaxClientIPServiceAffinitySeconds: a day */
const longestAffinity = 86_400;

function checkAffinity({ sessionAffinity, sessionAffinityConfig }: LooseServiceSpec, problems: ProblemSink): void {
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const path = ['spec', 'sessionAffinityConfig'];
  if (sessionAffinity !== 'ClientIP') {
    if (sessionAffinityConfig !== undefined)
      problems.error(path, forbidden('must not be set when session affinity is None'), {
        at: 'key',
        hint: 'sessionAffinity: ClientIP',
      });
  } else if (seconds !== undefined && (seconds <= 0 || seconds > longestAffinity))
    problems.error(
      [...path, 'clientIP', 'timeoutSeconds'],
      invalid(seconds, `must be greater than 0 and less than ${longestAffinity}`),
    );
}

function checkExternalIPs(addresses: LooseServiceSpec['externalIPs'], problems: ProblemSink): void {
  addresses?.forEach((text, index) => {
    if (text === undefined) return;
    const special = specialAddress(text);
    const complaint = addressComplaint(text) ?? (special === undefined ? undefined : `may not be ${special}`);
    if (complaint !== undefined) problems.error(['spec', 'externalIPs', index], invalid(text, complaint));
  });
}

/** Kubernetes ValidateNonSpecialIP */
function specialAddress(text: string): string | undefined {
  const found = specialBlocks.find(([block]) => {
    const [cidr, address] = [parseCidr(block), parseAddress(text)];
    return cidr.ok && address !== undefined && contains(cidr.value, address);
  });
  return found?.[1];
}

const specialBlocks: readonly (readonly [block: string, words: string])[] = [
  ['0.0.0.0/32', 'unspecified (0.0.0.0 or ::)'],
  ['::/128', 'unspecified (0.0.0.0 or ::)'],
  ['127.0.0.0/8', 'in the loopback range (127.0.0.0/8, ::1/128)'],
  ['::1/128', 'in the loopback range (127.0.0.0/8, ::1/128)'],
  ['169.254.0.0/16', 'in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['fe80::/10', 'in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['224.0.0.0/24', 'in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
  ['ff02::/16', 'in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

/** What only a load balancer has. */
function checkBalancerFields(
  spec: LooseServiceSpec,
  annotations: NonNullable<Loose<ServiceInput>['metadata']>['annotations'],
  problems: ProblemSink,
): void {
  const { type, loadBalancerSourceRanges } = spec;
  const fields = ['loadBalancerSourceRanges', 'allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const;
  for (const field of fields) {
    if (type === 'LoadBalancer' || lacks(spec, field)) continue;
    problems.error(['spec', field], forbidden("may only be used when `type` is 'LoadBalancer'"), { at: 'key' });
  }
  loadBalancerSourceRanges?.forEach((range, index) => {
    checkRangeText(range, ['spec', 'loadBalancerSourceRanges', index], problems);
  });
  const noted = annotations?.[rangesAnnotation];
  const path = ['metadata', 'annotations', rangesAnnotation];
  if (noted === undefined) return;
  if (type !== 'LoadBalancer') problems.error(path, forbidden("may only be used when `type` is 'LoadBalancer'"));
  else for (const range of noted === '' ? [] : noted.split(',')) checkRangeText(range, path, problems);
}

/** Names that only a cluster acts on. */
function checkClusterNames(spec: LooseServiceSpec, problems: ProblemSink): void {
  const { loadBalancerClass, trafficDistribution } = spec;
  const complaint = loadBalancerClass ? qualifiedNameComplaint(loadBalancerClass) : undefined;
  if (complaint !== undefined) problems.error(['spec', 'loadBalancerClass'], invalid(loadBalancerClass, complaint));
  if (trafficDistribution && !distributions.includes(trafficDistribution))
    problems.error(['spec', 'trafficDistribution'], unsupported(trafficDistribution, distributions));
}

const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];

function checkRangeText(range: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (range === undefined || parseCidr(range.trim()).ok || hasHostBits(range)) return;
  problems.error(path, invalid(range, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
}

/** Kubernetes AnnotationLoadBalancerSourceRangesKey: the field before it was a field */
const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** Kubernetes takes 1.2.3.4/8 for 1.0.0.0/8. */
function hasHostBits(range: string): boolean {
  const parsed = parseCidr(range.trim());
  return !parsed.ok && parsed.error.startsWith('has host bits');
}

function checkTrafficPolicies(spec: LooseServiceSpec, problems: ProblemSink): void {
  const { type, externalTrafficPolicy, healthCheckNodePort, externalIPs = [] } = spec;
  const isExternal =
    type === 'NodePort' || type === 'LoadBalancer' || (type !== 'ExternalName' && externalIPs.length > 0);
  if (externalTrafficPolicy && !isExternal)
    problems.error(
      ['spec', 'externalTrafficPolicy'],
      invalid(externalTrafficPolicy, 'may only be set for externally-accessible services'),
    );
  checkRange(healthCheckNodePort, [0, 65535], ['spec', 'healthCheckNodePort'], problems);
  if (!healthCheckNodePort || (type === 'LoadBalancer' && externalTrafficPolicy === 'Local')) return;
  const words = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  problems.error(['spec', 'healthCheckNodePort'], invalid(healthCheckNodePort, words));
}
