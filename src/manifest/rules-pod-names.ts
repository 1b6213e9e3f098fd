/** Rules for the names inside of a pod and for the network they are of (Kubernetes validatePodDNSConfig, ValidateHostAliases …). */
import { type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import { addressComplaint, dnsLabelComplaint, dnsSubdomainComplaint } from './name-rules.ts';
import { fullHostname } from './normalise-names.ts';
import type { LoosePod, LooseSpec } from './schema.ts';

/** resolv.conf(5) as the kubelet limits it. */
const maxNameservers = 3;
const maxSearches = 32;
const maxSearchLength = 2_048;
/** HOST_NAME_MAX, gethostname(2) */
const maxHostname = 64;

export function checkPodNames(pod: LoosePod, spec: LooseSpec, problems: ProblemSink): void {
  checkHostname(spec, problems);
  checkSubdomain(spec, problems);
  checkFqdn(pod, spec, problems);
  checkOverride(spec, problems);
  checkAliases(spec.hostAliases, problems);
  checkDns(spec, problems);
  checkNetwork(spec, problems);
}

function checkHostname(spec: LooseSpec, problems: ProblemSink): void {
  if (!spec.hostname) return;
  const complaint = dnsLabelComplaint(spec.hostname);
  if (complaint !== undefined) problems.error(['spec', 'hostname'], invalid(spec.hostname, complaint));
  else if (spec.hostNetwork === true) {
    problems.warn(['spec', 'hostname'], 'ignored: a pod with hostNetwork keeps the machine’s hostname');
  }
}

function checkSubdomain({ subdomain }: LooseSpec, problems: ProblemSink): void {
  const complaint = subdomain ? dnsLabelComplaint(subdomain) : undefined;
  if (complaint !== undefined) problems.error(['spec', 'subdomain'], invalid(subdomain, complaint));
}

/** Kubernetes takes it and its kubelet then never starts the pod; the mistake is told at once instead. */
function checkFqdn({ metadata }: LoosePod, spec: LooseSpec, problems: ProblemSink): void {
  if (spec.setHostnameAsFQDN !== true || spec.hostnameOverride) return;
  const { name = '', namespace } = metadata ?? {};
  const { hostname = '', subdomain = '' } = spec;
  const fqdn = fullHostname({ hostname, subdomain }, { name, namespace: namespace || 'default' });
  if (fqdn.length <= maxHostname) return;
  const message = `the whole name ${fqdn} has ${fqdn.length} characters, a hostname at most ${maxHostname}`;
  problems.error(['spec', 'setHostnameAsFQDN'], invalid(true, message), { hint: 'shorten hostname or subdomain' });
}

function checkOverride(spec: LooseSpec, problems: ProblemSink): void {
  const { hostnameOverride } = spec;
  if (!hostnameOverride) return;
  const path = ['spec', 'hostnameOverride'];
  const complaint = dnsSubdomainComplaint(hostnameOverride);
  if (hostnameOverride.length > maxHostname)
    problems.error(path, invalid(hostnameOverride, `must be no more than ${maxHostname} characters`));
  else if (complaint !== undefined) problems.error(path, invalid(hostnameOverride, complaint));
  if (spec.hostNetwork === true)
    problems.error(path, forbidden('may not be set when hostNetwork is true'), { at: 'key' });
  if (spec.setHostnameAsFQDN === true)
    problems.error(path, forbidden('may not be set when setHostnameAsFQDN is true'), { at: 'key' });
}

function checkAliases(aliases: LooseSpec['hostAliases'], problems: ProblemSink): void {
  aliases?.forEach((alias, index) => {
    const path = ['spec', 'hostAliases', index];
    checkAddress(alias?.ip ?? ('ip' in (alias ?? {}) ? undefined : ''), [...path, 'ip'], problems);
    alias?.hostnames?.forEach((name, place) => {
      const complaint = name === undefined ? undefined : dnsSubdomainComplaint(name);
      if (complaint !== undefined) problems.error([...path, 'hostnames', place], invalid(name, complaint));
    });
  });
}

function checkAddress(text: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (text === undefined) return;
  const complaint = addressComplaint(text);
  if (complaint !== undefined) problems.error(path, invalid(text, complaint));
}

function checkDns({ dnsPolicy, dnsConfig }: LooseSpec, problems: ProblemSink): void {
  const path = ['spec', 'dnsConfig'];
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (dnsPolicy === 'None' && dnsConfig === undefined)
    problems.error(path, required('must provide `dnsConfig` when `dnsPolicy` is None'));
  else if (dnsPolicy === 'None' && nameservers.length === 0) {
    const words = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    problems.error([...path, 'nameservers'], required(words));
  }
  if (nameservers.length > maxNameservers) {
    const message = `must not have more than ${maxNameservers} nameservers`;
    problems.error([...path, 'nameservers'], invalid(nameservers, message));
  }
  nameservers.forEach((server, index) => {
    checkAddress(server, [...path, 'nameservers', index], problems);
  });
  checkSearches(searches, [...path, 'searches'], problems);
  options.forEach((option, index) => {
    const at = [...path, 'options', index];
    const { name, value } = option ?? {};
    if (name === '' || (option !== undefined && !('name' in option)))
      problems.error([...at, 'name'], required('must not be empty'), { told: at });
    for (const [field, word] of Object.entries({ name, value })) {
      if (word && /[^!-~]/.test(word))
        problems.error([...at, field], invalid(word, 'must be one word of printable ASCII'));
    }
  });
}

/** A search domain may end in a dot, and have underscores (Kubernetes RelaxedDNSSearchValidation). */
function checkSearches(searches: readonly (string | undefined)[], path: FieldPath, problems: ProblemSink): void {
  if (searches.length > maxSearches)
    problems.error(path, invalid(searches, `must not have more than ${maxSearches} search paths`));
  if (searches.join(' ').length > maxSearchLength) {
    const message = `must not have more than ${maxSearchLength} characters (including spaces) in the search list`;
    problems.error(path, invalid(searches, message));
  }
  searches.forEach((search, index) => {
    if (search === undefined || search === '.') return;
    const name = search.replace(/\.$/, '').replaceAll('_', 'a');
    const complaint = dnsSubdomainComplaint(name);
    if (complaint !== undefined) problems.error([...path, index], invalid(search, complaint));
  });
}

function checkNetwork(spec: LooseSpec, problems: ProblemSink): void {
  if (spec.network !== 'none') return;
  if (spec.hostNetwork === true)
    problems.error(['spec', 'network'], forbidden('may not be none when hostNetwork is true'));
  for (const { container, path } of listedContainers(spec)) {
    container.ports?.forEach((port, place) => {
      if (!port?.hostPort) return;
      problems.warn([...path, 'ports', place, 'hostPort'], 'leads nowhere: the pod has network none');
    });
  }
}
