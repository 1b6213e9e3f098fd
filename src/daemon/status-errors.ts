/** Every refusal of the API as a Kubernetes meta/v1 Status, with the HTTP code that belongs to its reason. */
import type { ApiStatus } from '../protocol/api.ts';
import { formatError, hintOf, PodError } from '../util/pod-error.ts';

// apimachinery meta/v1 StatusReason and the codes api/errors gives them.
const codes = {
  BadRequest: 400,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  InternalError: 500,
  ServiceUnavailable: 503,
} as const;

export type StatusReason = keyof typeof codes;
type Details = NonNullable<ApiStatus['details']>;

/** A request that is answered with a Status; thrown by routes, written by the server. */
export class ApiError extends Error {
  readonly status: ApiStatus;

  constructor(reason: StatusReason, message: string, details?: Details) {
    super(message);
    this.name = 'ApiError';
    this.status = failure(reason, message, details);
  }
}

/** 404 in Kubernetes' words: `pods "web" not found`; `hint` where one is known. */
export function podNotFound(name: string, hint?: string): ApiError {
  return new ApiError('NotFound', `pods "${name}" not found`, {
    name,
    kind: 'pods',
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The same for any resource. */
export function objectNotFound(resource: string, name: string): ApiError {
  return new ApiError('NotFound', `${resource} "${name}" not found`, { name, kind: resource });
}

/** The Status for anything thrown; PodErrors keep their code where it is one of Kubernetes' reasons, the rest is InternalError. */
export function toApiStatus(error: unknown): ApiStatus {
  if (error instanceof ApiError) return error.status;
  const hint = hintOf(error);
  if (!(error instanceof PodError))
    return failure('InternalError', formatError(error), hint === undefined ? undefined : { hint });
  const reason: StatusReason = isStatusReason(error.code) ? error.code : 'InternalError';
  return failure(reason, formatError(error), podErrorDetails(error, hint));
}

function isStatusReason(code: string): code is StatusReason {
  return Object.hasOwn(codes, code);
}

// PodError details are flat: `name` and `kind` keep their meaning, what begins like a field path becomes a cause.
function podErrorDetails(error: PodError, hint: string | undefined): Details {
  const { name, kind, ...rest } = error.details;
  const causes = Object.entries(rest).map(([field, message]) => ({ field, message: String(message) }));
  return {
    ...(name === undefined ? {} : { name: String(name) }),
    ...(kind === undefined ? {} : { kind: String(kind) }),
    ...(hint === undefined ? {} : { hint }),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

function failure(reason: StatusReason, message: string, details: Details | undefined): ApiStatus {
  return {
    apiVersion: 'v1',
    kind: 'Status',
    status: 'Failure',
    message,
    reason,
    code: codes[reason],
    ...(details === undefined ? {} : { details }),
  };
}
