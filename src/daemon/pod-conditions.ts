/** PATCH and PUT of a pod's status: the conditions that podd does not set itself; all else of a status is podd's. */
import type { PodCondition } from '../model/pod-status.ts';
import type { GivenCondition } from '../reconcile/set-conditions.ts';
import type { ApiCall } from './api-context.ts';
import { recordOf } from './decode-bodies.ts';
import { readJsonBody } from './request-body.ts';
import { sendJson } from './respond.ts';
import { ApiError } from './status-errors.ts';

const statuses = ['True', 'False', 'Unknown'] as const;

/** PATCH: conditions are merged by type, as Kubernetes' patchMergeKey says. PUT: those that are not given go. */
export async function setPodStatus(call: ApiCall): Promise<void> {
  const { namespace = '', name = '' } = call.params;
  const status = recordOf(recordOf(await readJsonBody(call.request), 'body').status ?? {}, 'body.status');
  const { conditions = [] } = status;
  if (!Array.isArray(conditions)) throw new ApiError('BadRequest', 'body.status.conditions: must be a list');
  const given = conditions.map((condition, index) => decodeCondition(condition, `body.status.conditions[${index}]`));
  const whole = call.request.method === 'PUT';
  sendJson(call.response, 200, await call.context.reconciler.setConditions(namespace, name, given, whole));
}

function decodeCondition(value: unknown, where: string): GivenCondition {
  const { type, status, reason, message } = recordOf(value, where);
  if (typeof type !== 'string' || type === '') throw new ApiError('BadRequest', `${where}.type: must be a text`);
  const known = statuses.find((one) => one === status);
  if (known === undefined) throw new ApiError('BadRequest', `${where}.status: must be one of ${statuses.join(', ')}`);
  return { type, status: known, ...textIn('reason', reason, where), ...textIn('message', message, where) };
}

function textIn(field: 'reason' | 'message', value: unknown, where: string): Partial<PodCondition> {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'string') throw new ApiError('BadRequest', `${where}.${field}: must be a text`);
  return { [field]: value };
}
