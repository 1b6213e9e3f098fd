import type { RevisionManifest } from '../../../src/model/object-manifest.ts';
import {
  type OwnedPod,
  type OwnerReference,
  type PodTemplate,
  type RevisionView,
  templateOfRevision,
  type WorkloadObject,
} from '../../../src/model/workload.ts';
import type {
  DaemonSetObject,
  DaemonSetSpec,
  DeploymentObject,
  DeploymentSpec,
  ReplicaSetObject,
  ReplicaSetSpec,
} from '../../../src/model/workload-spec.ts';
import { revisionHashLabel } from '../../../src/workload/controller-history.ts';
import { templateHash } from '../../../src/workload/template-hash.ts';

/** Noon, the time at which plans of the tests are made. */
export const noonMs = Date.parse('2026-01-01T12:00:00.000Z');

export const aTemplate = (version = '1'): PodTemplate => ({
  metadata: { labels: { app: 'web' }, annotations: { version } },
  spec: { containers: [{ name: 'app', image: 'host', command: ['sleep', version] }] },
});

const selector = { matchLabels: { app: 'web' } };

function anObject<Spec, Status>(
  kind: WorkloadObject['kind'],
  spec: Spec,
  over: Partial<WorkloadObject<Spec, Status>>,
): WorkloadObject<Spec, Status> {
  return {
    ...{ apiVersion: 'apps/v1', kind, namespace: 'default', name: 'web', uid: 'owner', generation: 1 },
    ...{ createdMs: noonMs - 3_600_000, labels: {}, annotations: {}, isDeleting: false },
    spec,
    status: {} as Status,
    ...over,
  };
}

export function aReplicaSet(
  spec: Partial<ReplicaSetSpec> = {},
  over: Partial<ReplicaSetObject> = {},
): ReplicaSetObject {
  const whole = { replicas: 1, minReadySeconds: 0, selector, template: aTemplate(), ...spec };
  return anObject('ReplicaSet', whole, over);
}

export function aDeployment(
  spec: Partial<DeploymentSpec> = {},
  over: Partial<DeploymentObject> = {},
): DeploymentObject {
  const whole: DeploymentSpec = {
    ...{ replicas: 1, minReadySeconds: 0, selector, template: aTemplate() },
    ...{ revisionHistoryLimit: 10, progressDeadlineSeconds: 600, paused: false },
    strategy: { type: 'RollingUpdate', maxSurge: '25%', maxUnavailable: '25%' },
    ...spec,
  };
  return anObject('Deployment', whole, over);
}

export function aDaemonSet(spec: Partial<DaemonSetSpec> = {}, over: Partial<DaemonSetObject> = {}): DaemonSetObject {
  const whole: DaemonSetSpec = {
    ...{ minReadySeconds: 0, revisionHistoryLimit: 10, selector, template: aTemplate() },
    updateStrategy: { type: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1 },
    ...spec,
  };
  return anObject('DaemonSet', whole, over);
}

/** One that the object `owner` has kept of a template. */
export function aRevision(version: string, revision: number, over: Partial<RevisionView> = {}): RevisionView {
  const hash = templateHash(aTemplate(version));
  return {
    ...{ name: `web-${hash}`, uid: `revision-${revision}`, labels: { app: 'web', [revisionHashLabel]: hash } },
    ...{ owner: ownedBy('owner'), createdMs: noonMs - 3_600_000, isDeleting: false, revision },
    template: aTemplate(version),
    ...over,
  };
}

/** Ready for an hour, owned by `owner`. */
export function aPod(name: string, over: Partial<OwnedPod> = {}): OwnedPod {
  return {
    ...{ name, uid: `uid-${name}`, labels: { app: 'web' }, annotations: {}, owner: ownedBy('owner') },
    ...{ phase: 'Running', isReady: true, readySinceMs: noonMs - 3_600_000, createdMs: noonMs - 3_600_000 },
    ...{ isDeleting: false, restarts: 0, mostRestarts: 0, conditions: [], exitCodes: {} },
    ...over,
  };
}

export const ownedBy = (uid: string): OwnerReference => ({
  ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid, controller: true },
});

/** As podd shows the ControllerRevision of a plan to the next one. */
export function revisionOfManifest(
  manifest: Readonly<Record<string, unknown>>,
  uid: string,
  createdMs: number,
): RevisionView {
  const { metadata, data, revision } = manifest as unknown as RevisionManifest;
  const { name, labels = {}, ownerReferences: [owner] = [] } = metadata;
  const view = { name, uid, labels, createdMs, isDeleting: false, revision: revision ?? 0 };
  return { ...view, template: templateOfRevision(data), ...(owner === undefined ? {} : { owner }) };
}
