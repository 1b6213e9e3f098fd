/** A pod with one container of two programs and one plain one, for tests of what changes cost. */
import { validatePod } from '../../../src/manifest/validate-pod.ts';
import type { PodVersion } from '../../../src/reconcile/diff.ts';

type Fields = Readonly<Record<string, unknown>>;

export const web: Fields = { name: 'web', command: ['web'], env: { PORT: '80' }, dependsOn: { db: 'ready' } };
export const db: Fields = { name: 'db', command: ['db'], capabilities: ['CHOWN'] };
const app: Fields = { name: 'app', image: 'host', env: [{ name: 'A', value: '1' }] };
const plain: Fields = { name: 'plain', image: 'host', command: ['sleep', '1'], env: [{ name: 'A', value: '1' }] };

/** Fields over those of each part. */
export interface Parts {
  readonly pod?: Fields;
  readonly metadata?: Fields;
  readonly app?: Fields;
  readonly plain?: Fields;
  readonly web?: Fields;
  readonly db?: Fields;
  /** further containers */
  readonly more?: readonly Fields[];
}

/** The validated pod `shop`. */
export function aShop({ pod = {}, metadata = {}, ...parts }: Parts = {}): PodVersion {
  const processes = [
    { ...web, ...parts.web },
    { ...db, ...parts.db },
  ];
  const containers = [{ ...app, processes, ...parts.app }, { ...plain, ...parts.plain }, ...(parts.more ?? [])];
  const valid = validatePod({
    apiVersion: 'podctl.dev/v1',
    kind: 'Pod',
    metadata: { name: 'shop', ...metadata },
    spec: { ...pod, containers },
  });
  if (!valid.ok) throw new Error(JSON.stringify(valid.error));
  return valid.value;
}
