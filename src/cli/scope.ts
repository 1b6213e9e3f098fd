import { UsageError } from './usage-error.ts';

/** The namespace asked for; undefined means all of them (`-A`). Default is `default`, as in Kubernetes. */
export function namespaceOf(flags: {
  readonly namespace?: string;
  readonly 'all-namespaces'?: boolean;
}): string | undefined {
  if (flags['all-namespaces']) return undefined;
  return checkNamespace(flags.namespace);
}

/** A namespace from `-n`, or `default`. Throws UsageError when it cannot be one (RFC 1123 label). */
export function checkNamespace(namespace = 'default'): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) return namespace;
  throw new UsageError(`"${namespace}" is no namespace: lower case letters, digits and -, at most 63 characters`);
}

/** Refuses arguments to a command that takes none. */
export function rejectArgs(args: readonly string[], hint?: string): void {
  if (args.length > 0) throw new UsageError(`unexpected argument "${args[0]}"`, hint);
}
