/** Rules for windowsOptions (Kubernetes validateWindowsSecurityContextOptions): a file that is wrong in a cluster is wrong here. */
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { dnsSubdomainComplaint } from './name-rules.ts';
import type { LooseContainer } from './schema.ts';

type Options = NonNullable<NonNullable<LooseContainer['securityContext']>['windowsOptions']>;

const maxSpec = 64 * 1024;

export function checkWindowsOptions(options: Options, path: FieldPath, problems: ProblemSink): void {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options;
  const complaints = {
    gmsaCredentialSpecName: name === undefined ? undefined : dnsSubdomainComplaint(name),
    gmsaCredentialSpec: spec === undefined ? undefined : specComplaint(spec),
    runAsUserName: user === undefined ? undefined : userComplaint(user),
  };
  for (const field of ['gmsaCredentialSpecName', 'gmsaCredentialSpec', 'runAsUserName'] as const) {
    const complaint = complaints[field];
    if (complaint !== undefined) problems.error([...path, field], invalid(options[field], complaint));
  }
}

function specComplaint(spec: string): string | undefined {
  if (spec === '') return 'gmsaCredentialSpec cannot be an empty string';
  return spec.length > maxSpec ? 'gmsaCredentialSpec size must be under 64 KiB' : undefined;
}

const dnsName = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const maxDomain = 256;
const maxUser = 104;

/** `DOMAIN\USER` or `USER`. */
function userComplaint(written: string): string | undefined {
  const parts = written.split('\\');
  const user = parts.at(-1) ?? '';
  const domain = parts.length > 1 ? parts[0] : undefined;
  if (written === '') return 'runAsUserName cannot be an empty string';
  if (/\p{Cc}/u.test(written)) return 'runAsUserName cannot contain control characters';
  if (parts.length > 2) return 'runAsUserName cannot contain more than one backslash';
  return domainComplaint(domain) ?? nameComplaint(user);
}

function domainComplaint(domain: string | undefined): string | undefined {
  if (domain === undefined) return undefined;
  if (domain.length >= maxDomain) return "runAsUserName's Domain length must be under 256 characters";
  const isName = netBiosName.test(domain) || dnsName.test(domain);
  return isName ? undefined : "runAsUserName's Domain doesn't match the NetBios nor the DNS format";
}

function nameComplaint(user: string): string | undefined {
  if (user === '') return "runAsUserName's User cannot be empty";
  if (user.length > maxUser) return "runAsUserName's User length must not be longer than 104 characters";
  if (/^[. ]+$/.test(user)) return "runAsUserName's User cannot contain only periods or spaces";
  return /["/\\:;|=,+*?<>@[\]]/.test(user)
    ? 'runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]'
    : undefined;
}
