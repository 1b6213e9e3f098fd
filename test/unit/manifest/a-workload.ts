import { kindNames } from '../../../src/model/object-kinds.ts';
import type { DataKind } from '../../../src/model/object-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

const labels = { app: 'web' };

/** What a valid workload of each kind says; `spec` is laid over it. */
export function aWorkload(kind: DataKind, spec: Fields = {}, metadata: Fields = {}, more: Fields = {}): Fields {
  return {
    apiVersion: kindNames[kind].apiVersion,
    kind,
    metadata: { name: 'web', ...metadata },
    spec: { ...(bases[kind] ?? {}), ...spec },
    ...more,
  };
}

/** A template whose pods run for good; `pod` is laid over its spec. */
export const aTemplate = (pod: Fields = {}, metadata: Fields = { labels }): Fields => ({
  metadata,
  spec: { containers: [{ name: 'app', image: 'host', command: ['sleep', '1'] }], ...pod },
});

const lasting = { selector: { matchLabels: labels }, template: aTemplate() };
const jobSpec = { template: aTemplate({ restartPolicy: 'Never' }) };

const bases: { readonly [K in DataKind]?: Fields } = {
  Deployment: lasting,
  ReplicaSet: lasting,
  DaemonSet: lasting,
  StatefulSet: { ...lasting, serviceName: 'web' },
  Job: jobSpec,
  CronJob: { schedule: '*/5 * * * *', jobTemplate: { spec: jobSpec } },
  PersistentVolumeClaim: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
