/** POST /apis/podctl.dev/v1/apply. */
import type { ApiCall } from './api-context.ts';
import { decodeApplyRequest } from './decode-bodies.ts';
import { readJsonBody } from './request-body.ts';
import { sendJson } from './respond.ts';

/** Applies many manifests, all or nothing for validation, and says what each change costs; a dry run only says it. */
export async function applyManifests(call: ApiCall): Promise<void> {
  const request = decodeApplyRequest(await readJsonBody(call.request));
  const { reconciler } = call.context;
  const answer = request.dryRun ? reconciler.plan(request) : reconciler.apply({ ...request, dryRun: false });
  sendJson(call.response, 200, await answer);
}
