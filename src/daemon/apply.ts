/** POST /apis/podctl.dev/v1/apply. */
import type { ApiCall } from './api-context.ts';
import { decodeApplyRequest } from './decode-bodies.ts';
import { readJsonBody } from './request-body.ts';
import { sendJson } from './respond.ts';

/** Applies many manifests, all or nothing for validation, and says what each change costs. */
export async function applyManifests(call: ApiCall): Promise<void> {
  const request = decodeApplyRequest(await readJsonBody(call.request));
  sendJson(call.response, 200, await call.context.reconciler.apply(request));
}
