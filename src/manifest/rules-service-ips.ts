/** Rules for a Service's own addresses (Kubernetes validateServiceClusterIPsRelatedFields). */
import { parseAddress } from '../util/cidr.ts';
import { duplicate, invalid, type ProblemSink } from './field-problem.ts';
import { addressComplaint } from './name-rules.ts';
import type { LooseServiceSpec } from './rules-service.ts';

export function checkClusterIPs(spec: LooseServiceSpec, problems: ProblemSink): void {
  if (spec.type === 'ExternalName') return;
  checkFirst(spec, problems);
  checkFamilies(spec, problems);
  const { clusterIPs = [] } = spec;
  if (clusterIPs.length > 2)
    problems.error(['spec', 'clusterIPs'], invalid(clusterIPs, 'may only hold up to 2 values'));
  const found = clusterIPs.map((text) => (text === undefined ? undefined : parseAddress(text)?.family));
  clusterIPs.forEach((text, index) => {
    const path = ['spec', 'clusterIPs', index];
    if (text === 'None' && clusterIPs.length === 1) return;
    if (text === 'None') problems.error(path, invalid(text, "'None' must be the first and only value"));
    const complaint = text === undefined || text === 'None' ? undefined : addressComplaint(text);
    if (complaint !== undefined) problems.error(path, invalid(text, complaint));
  });
  const [first, second] = found;
  if (first !== undefined && first === second)
    problems.error(['spec', 'clusterIPs'], invalid(clusterIPs, 'may specify no more than one IP for each IP family'));
}

function checkFirst({ clusterIP, clusterIPs: [first] = [] }: LooseServiceSpec, problems: ProblemSink): void {
  const isAddress = clusterIP !== undefined && parseAddress(clusterIP) !== undefined;
  // Kubernetes copies it to the list first, and looks at that
  if (clusterIP && clusterIP !== 'None' && !isAddress && first !== clusterIP)
    problems.error(['spec', 'clusterIP'], invalid(clusterIP, "must be empty, 'None', or a valid IP address"), {
      told: ['spec', 'clusterIPs', 0],
    });
  if (first === undefined || first === clusterIP) return;
  const words = clusterIP ? 'first value must match `clusterIP`' : 'must be empty when `clusterIP` is not specified';
  problems.error(['spec', 'clusterIPs', 0], invalid([first], words), { told: ['spec', 'clusterIPs'] });
}

function checkFamilies(spec: LooseServiceSpec, problems: ProblemSink): void {
  const { ipFamilies = [], ipFamilyPolicy, clusterIP, clusterIPs = [] } = spec;
  if (ipFamilies.length > 2)
    problems.error(['spec', 'ipFamilies'], invalid(ipFamilies, 'may only hold up to 2 values'));
  else if (ipFamilies.length === 2 && ipFamilies[0] === ipFamilies[1])
    problems.error(['spec', 'ipFamilies', 1], duplicate(ipFamilies[1]));
  const isSingle = ipFamilyPolicy === 'SingleStack';
  for (const [field, values] of [
    ['ipFamilies', ipFamilies],
    ['clusterIPs', clusterIPs],
  ] as const) {
    if (!isSingle || values.length < 2) continue;
    const words = `must be RequireDualStack or PreferDualStack when multiple \`${field}\` are specified`;
    problems.error(['spec', 'ipFamilyPolicy'], invalid(ipFamilyPolicy, words));
  }
  const addresses = clusterIPs.length > 0 ? clusterIPs : [clusterIP];
  addresses.forEach((text, index) => {
    const family = text === undefined ? undefined : parseAddress(text)?.family;
    const wanted = ipFamilies[index];
    if (family === undefined || wanted === undefined || wanted === `IPv${family}`) return;
    const path = clusterIPs.length > 0 ? ['spec', 'clusterIPs', index] : ['spec', 'clusterIP'];
    problems.error(path, invalid(text, `expected an ${wanted} value as indicated by \`ipFamilies[${index}]\``));
  });
}
