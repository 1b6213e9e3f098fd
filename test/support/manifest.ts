/** Builders of pod manifests: everything has a default, tests say only what they are about. */
import { stringify } from 'yaml';

export interface ContainerManifest {
  readonly name: string;
  readonly image?: string;
  readonly [field: string]: unknown;
}

export interface PodManifestInput {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly containers?: readonly ContainerManifest[];
  /** further fields of spec */
  readonly [field: string]: unknown;
}

/** A container of a host view that sleeps and obeys TERM, unless it has processes of its own. */
export function aContainer(overrides: Partial<ContainerManifest> = {}): ContainerManifest {
  const root = 'rootfs' in overrides ? {} : { image: 'host' };
  const command = 'processes' in overrides ? {} : { command: ['/usr/bin/sleep', '1000000'] };
  return { name: 'main', ...root, ...command, ...overrides };
}

/** A program for `processes`: sleeps and obeys TERM, RUNNING as soon as it is exec'd. */
export function aProgram(name: string, overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { name, command: ['/usr/bin/sleep', '1000000'], restart: { startSeconds: 0 }, ...overrides };
}

/** A podctl.dev/v1 pod with one sleeping container and a grace of one second unless told otherwise. */
export function aPod(input: PodManifestInput = {}): Record<string, unknown> {
  const { name = 'pod', namespace, labels, annotations, containers = [aContainer()], ...spec } = input;
  const metadata = Object.fromEntries(
    Object.entries({ name, namespace, labels, annotations }).filter(([, value]) => value !== undefined),
  );
  return {
    apiVersion: 'podctl.dev/v1',
    kind: 'Pod',
    metadata,
    spec: { terminationGracePeriodSeconds: 1, ...spec, containers },
  };
}

/** One YAML text of many documents. */
export function yamlOf(...documents: readonly unknown[]): string {
  return documents.map((document) => stringify(document)).join('---\n');
}
