/** Rules for NetworkPolicies (Kubernetes ValidateNetworkPolicy), and warnings where one machine means less than a cluster. */
import { type Cidr, contains, formatCidr, parseCidr } from '../util/cidr.ts';
import { type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { portNameComplaint } from './name-rules.ts';
import { checkLabelSelector } from './rules-label-selector.ts';
import { checkMetadata } from './rules-metadata.ts';
import { checkRange } from './rules-values.ts';
import type { Loose } from './schema.ts';
import type { NetworkPolicyInput } from './schema-network-policy.ts';

type Spec = NonNullable<Loose<NetworkPolicyInput>['spec']>;
type Peer = NonNullable<NonNullable<NonNullable<Spec['ingress']>[number]>['from']>[number];
type Port = NonNullable<NonNullable<NonNullable<Spec['ingress']>[number]>['ports']>[number];

export function checkNetworkPolicy({ metadata, spec = {} }: Loose<NetworkPolicyInput>, problems: ProblemSink): void {
  checkMetadata(metadata, problems);
  checkLabelSelector(spec.podSelector, ['spec', 'podSelector'], problems);
  spec.ingress?.forEach((rule, index) => {
    checkRule(rule?.from, rule?.ports, ['spec', 'ingress', index], 'from', problems);
  });
  spec.egress?.forEach((rule, index) => {
    checkRule(rule?.to, rule?.ports, ['spec', 'egress', index], 'to', problems);
  });
  checkTypes(spec, problems);
}

function checkRule(
  peers: readonly Peer[] | undefined,
  ports: readonly Port[] | undefined,
  path: FieldPath,
  side: 'from' | 'to',
  problems: ProblemSink,
): void {
  ports?.forEach((port, index) => {
    checkPort(port, [...path, 'ports', index], problems);
  });
  peers?.forEach((peer, index) => {
    checkPeer(peer, [...path, side, index], problems);
  });
}

function checkPort(entry: Port, path: FieldPath, problems: ProblemSink): void {
  if (entry === undefined) return;
  const { port, endPort } = entry;
  if (typeof port === 'number') checkRange(port, [1, 65535], [...path, 'port'], problems);
  const complaint = typeof port === 'string' ? portNameComplaint(port) : undefined;
  if (complaint !== undefined) problems.error([...path, 'port'], invalid(port, complaint), { hint: numberHint(port) });
  if (endPort === undefined) return;
  const wrong = endPortComplaint(port, endPort, Object.hasOwn(entry, 'port'));
  if (wrong !== undefined) problems.error([...path, 'endPort'], invalid(endPort, wrong));
  else checkRange(endPort, [1, 65535], [...path, 'endPort'], problems);
}

/** Kubernetes takes a quoted number for a name, and then refuses it. */
function numberHint(port: unknown): string | undefined {
  return typeof port === 'string' && /^\d+$/.test(port) ? 'a number is written without quotes' : undefined;
}

/** `isWritten`: a port of a wrong type is told already, and is not absent. */
function endPortComplaint(port: number | string | undefined, endPort: number, isWritten: boolean): string | undefined {
  if (port === undefined) return isWritten ? undefined : 'may not be specified when `port` is not specified';
  if (typeof port === 'string') return 'may not be specified when `port` is non-numeric';
  return endPort < port ? 'must be greater than or equal to `port`' : undefined;
}

function checkPeer(peer: Peer, path: FieldPath, problems: ProblemSink): void {
  if (peer === undefined) return;
  const { podSelector, namespaceSelector, ipBlock } = peer;
  checkLabelSelector(podSelector, [...path, 'podSelector'], problems);
  checkLabelSelector(namespaceSelector, [...path, 'namespaceSelector'], problems);
  checkBlock(ipBlock, [...path, 'ipBlock'], problems);
  const has = (field: keyof typeof peer): boolean => Object.hasOwn(peer, field);
  if (!has('podSelector') && !has('namespaceSelector') && !has('ipBlock'))
    problems.error(path, required('must specify a peer'), { hint: 'podSelector, namespaceSelector or ipBlock' });
  else if (has('ipBlock') && (has('podSelector') || has('namespaceSelector')))
    problems.error(path, forbidden('may not specify both ipBlock and another peer'), {
      hint: 'make them two entries of the list',
    });
}

function checkBlock(block: NonNullable<Peer>['ipBlock'], path: FieldPath, problems: ProblemSink): void {
  if (block === undefined) return;
  if (!block.cidr) {
    if (block.cidr === '' || !Object.hasOwn(block, 'cidr')) problems.error([...path, 'cidr'], required());
    return;
  }
  const whole = checkCidr(block.cidr, [...path, 'cidr'], problems);
  block.except?.forEach((text, index) => {
    const at = [...path, 'except', index];
    const part = text === undefined ? undefined : checkCidr(text, at, problems);
    if (whole === undefined || part === undefined) return;
    const lies = part.prefix > whole.prefix && contains(whole, { family: part.family, number: part.first });
    if (!lies) problems.error(at, invalid(text, 'must be a strict subset of `cidr`'));
  });
}

function checkCidr(text: string, path: FieldPath, problems: ProblemSink): Cidr | undefined {
  const cidr = parseCidr(text);
  if (!cidr.ok) {
    problems.error(path, invalid(text, cidr.error));
    return undefined;
  }
  const { family, first, prefix } = cidr.value;
  if (family === 6 && prefix >= 96 && first >> 32n === 0xffffn) {
    problems.error(path, invalid(text, 'must not have an IPv4-mapped IPv6 address'));
    return undefined;
  }
  const canonical = formatCidr(cidr.value);
  if (canonical !== text) problems.warn(path, `is written ${canonical} in its shortest form (RFC 5952)`);
  return cidr.value;
}

function checkTypes({ policyTypes, ingress, egress }: Spec, problems: ProblemSink): void {
  if (policyTypes === undefined || policyTypes.length === 0) return;
  if (policyTypes.length > 2)
    problems.error(['spec', 'policyTypes'], invalid(policyTypes, 'may not specify more than two policyTypes'));
  // a word that is none is told already; it may be meant for the one that is missing
  if (policyTypes.includes(undefined)) return;
  const unread = [
    ...(ingress !== undefined && !policyTypes.includes('Ingress') ? ['ingress'] : []),
    ...(egress !== undefined && !policyTypes.includes('Egress') ? ['egress'] : []),
  ];
  for (const field of unread) problems.warn(['spec', field], 'is not among policyTypes, ignored', { at: 'key' });
}
