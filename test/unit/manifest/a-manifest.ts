/** Builders: a small good pod, changed where a test needs it. */
import { inspectPod } from '../../../src/manifest/validate-pod.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One container of image host, with whatever fields on top. */
export function aContainer(fields: Fields = {}): Fields {
  return { name: 'app', image: 'host', command: ['sleep', '1'], ...fields };
}

/** A pod of apiVersion v1 named web with one container. */
export function aPod(spec: Fields = {}, metadata: Fields = {}): PodManifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', ...metadata },
    spec: { containers: [aContainer()], ...spec },
  };
}

/** The same as podctl.dev/v1. */
export function ourPod(spec: Fields = {}): PodManifest {
  return { ...aPod(spec), apiVersion: 'podctl.dev/v1' };
}

/** A pod's text with lines put in: `spec` at two blanks, `container` at six. */
export function podText(
  parts: { readonly ours?: boolean; readonly spec?: string; readonly container?: string } = {},
): string {
  const head = `apiVersion: ${parts.ours ? 'podctl.dev/v1' : 'v1'}\nkind: Pod\nmetadata:\n  name: web\nspec:\n`;
  const spec = parts.spec === undefined ? '' : `  ${parts.spec}\n`;
  const container = parts.container === undefined ? '' : `      ${parts.container}\n`;
  return `${head}${spec}  containers:\n    - name: app\n      image: host\n      command: [sleep, "1"]\n${container}`;
}

/** `field: message (hint)` of each error. */
export function errorsOf(value: unknown): string[] {
  return inspectPod(value).errors.map(
    ({ field, message, hint }) => `${field}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  );
}

/** `field: message` of each warning. */
export function warningsOf(value: unknown): string[] {
  return inspectPod(value).warnings.map(({ field, message }) => `${field}: ${message}`);
}

/** A pod with these fields in its container, in its spec and its metadata. */
export function withContainer(fields: Fields, spec: Fields = {}, metadata: Fields = {}): PodManifest {
  return aPod({ containers: [aContainer(fields)], ...spec }, metadata);
}

/** A podctl.dev/v1 pod whose one container has these programs; fields of the container and of the spec on top. */
export function withProcesses(processes: readonly unknown[], container: Fields = {}, spec: Fields = {}): PodManifest {
  return ourPod({ containers: [{ name: 'app', image: 'host', processes, ...container }], ...spec });
}

/** One program named web, with whatever fields on top. */
export function aProcess(fields: Fields = {}): Fields {
  return { name: 'web', command: ['serve'], ...fields };
}

/** The complaints about one program named web, beside three others, without the path they all begin with. */
export function complaintsOfProcess(fields: Fields, container: Fields = {}, spec: Fields = {}): string[] {
  const others = [
    { name: 'db', command: ['db'] },
    { name: 'cron', command: ['x'], schedule: '@daily' },
  ];
  const pod = withProcesses([aProcess(fields), ...others], container, spec);
  return errorsOf(pod).map((complaint) => complaint.replace('spec.containers[0].processes[0].', ''));
}

/** A pod's first container, as it is written. */
export function firstContainer(pod: PodManifest | undefined): Fields {
  return (pod?.spec.containers as readonly Fields[] | undefined)?.[0] ?? {};
}
