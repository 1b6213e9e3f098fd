/** One action of a controller performed, and said in the words of Kubernetes' controllers. */
import type { WorkloadAction, WorkloadObject } from '../model/workload.ts';
import { assertNever } from '../util/assert-never.ts';
import { formatError } from '../util/pod-error.ts';
import type { Controller } from './controllers.ts';
import type { WorkloadAccess } from './workload-access.ts';

/** Why an action was refused, as the status of its object tells it. */
export interface Refusal {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/** Never rejects; undefined: it is done. What was refused is an event. */
export async function performWorkloadAction(
  access: WorkloadAccess,
  object: WorkloadObject,
  { say = defaultWords }: Pick<Controller, 'say'>,
  action: WorkloadAction,
): Promise<Refusal | undefined> {
  try {
    await perform(access, object, action);
  } catch (error) {
    const refusal = refusalOf(action, formatError(error));
    const verb = refusal.reason === 'FailedCreate' ? 'creating' : 'deleting';
    access.noteEvent(object, 'Warning', refusal.reason, `Error ${verb}: ${refusal.message}`);
    return refusal;
  }
  if (action.action === 'createPod')
    access.noteEvent(object, 'Normal', 'SuccessfulCreate', say('create', action.manifest.metadata.name, object.name));
  if (action.action === 'deletePod')
    access.noteEvent(object, 'Normal', 'SuccessfulDelete', say('delete', action.name, object.name));
  return undefined;
}

const defaultWords = (verb: 'create' | 'delete', pod: string): string =>
  `${verb === 'create' ? 'Created' : 'Deleted'} pod: ${pod}`;

function perform(access: WorkloadAccess, object: WorkloadObject, action: WorkloadAction): Promise<void> | void {
  const { namespace } = object;
  switch (action.action) {
    case 'createPod':
      return access.createPod(action.manifest);
    case 'deletePod':
      return access.deletePod(namespace, action);
    case 'setPodOwner':
      return access.setPodOwner(namespace, action);
    case 'createObject':
      return access.createObject(action.manifest);
    case 'updateObject':
      return access.updateObject(namespace, action);
    case 'updateRevision':
      return access.updateRevision(namespace, action);
    case 'deleteObject':
      return access.deleteObject(namespace, action);
    case 'event':
      return access.noteEvent(object, action.type, action.reason, action.message);
    default:
      return assertNever(action, 'workload action');
  }
}

const refusalOf = ({ action }: WorkloadAction, message: string): Refusal => ({
  reason: action === 'deletePod' || action === 'deleteObject' ? 'FailedDelete' : 'FailedCreate',
  message,
});
