import type { ApiStatus } from '../protocol/api.ts';

/** podd refused a request; `status` is its own words. Printed as kubectl does: `Error from server (NotFound): …`. */
export class ApiError extends Error {
  readonly status: ApiStatus;

  constructor(status: ApiStatus) {
    super(status.message);
    this.name = 'ApiError';
    this.status = status;
  }

  get isNotFound(): boolean {
    return this.status.reason === 'NotFound';
  }
}

/** podd's 404. */
export const isApiNotFound = (error: unknown): boolean => error instanceof ApiError && error.isNotFound;
