/** Kubernetes' naming rules (apimachinery util/validation) with its wording; each returns the complaint or undefined. */

import { parseAddress } from '../util/cidr.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${label}(\\.${label})*$`);
const qualifiedPattern = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const portNamePattern = /^[-a-z0-9]+$/;

const label1035Pattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

export const dnsLabelPattern = labelPattern.source;
export const dnsLabel1035Pattern = label1035Pattern.source;
export const dnsSubdomainPattern = subdomainPattern.source;

/** RFC 1123 label, at most 63 characters: container names, namespaces, hostnames. */
export function dnsLabelComplaint(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  if (labelPattern.test(value)) return undefined;
  return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc')";
}

/** RFC 1035 label, at most 63 characters: names of Services. */
export function dnsLabel1035Complaint(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  if (label1035Pattern.test(value)) return undefined;
  return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name', or 'abc-123')";
}

/** RFC 1123 subdomain, at most 253 characters: pod names. */
export function dnsSubdomainComplaint(value: string): string | undefined {
  if (value.length > 253) return 'must be no more than 253 characters';
  if (subdomainPattern.test(value)) return undefined;
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com')";
}

/** An IP address of either family. */
export const addressComplaint = (value: string): string | undefined =>
  parseAddress(value) === undefined ? 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)' : undefined;

/** Label and annotation keys and resource names: `[prefix/]name`. */
export function qualifiedNameComplaint(value: string): string | undefined {
  const parts = value.split('/');
  if (parts.length > 2)
    return "a qualified name must have an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === '') return 'prefix part must be non-empty';
  if (prefix !== undefined) {
    const complaint = dnsSubdomainComplaint(prefix);
    if (complaint !== undefined) return `prefix part ${complaint}`;
  }
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return 'name part must be no more than 63 characters';
  if (qualifiedPattern.test(name)) return undefined;
  return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc')";
}

/** Label values: empty or at most 63 characters of the same alphabet. */
export function labelValueComplaint(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  if (value === '' || qualifiedPattern.test(value)) return undefined;
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue', or 'my_value', or '12345')";
}

/** Environment variable names, the relaxed rule of Kubernetes 1.32 and later. */
export function envNameComplaint(value: string): string | undefined {
  if (/^[\x20-\x3c\x3e-\x7e]+$/.test(value)) return undefined;
  return "a valid environment variable name must consist only of printable ASCII characters other than '='";
}

/** IANA service names of ports, RFC 6335 5.1. */
export function portNameComplaint(value: string): string | undefined {
  if (value.length > 15) return 'must be no more than 15 characters';
  if (!portNamePattern.test(value)) return 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)';
  if (!/[a-z]/.test(value)) return 'must contain at least one letter (a-z)';
  if (value.includes('--')) return 'must not contain consecutive hyphens';
  if (value.startsWith('-') || value.endsWith('-')) return 'must not begin or end with a hyphen';
  return undefined;
}

/** Keys of ConfigMaps and Secrets, which may become file names (IsConfigMapKey). */
export function configKeyComplaint(value: string): string | undefined {
  if (value.length > 253) return 'must be no more than 253 characters';
  if (value === '.' || value === '..') return `must not be '${value}'`;
  if (value.startsWith('..')) return "must not start with '..'";
  if (/^[-._a-zA-Z0-9]+$/.test(value)) return undefined;
  return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name', or 'KEY_NAME', or 'key-name')";
}
