/** POST …/pods/{name}/control, …/scale and …/resources: verbs for what runs. */
import type { ApiCall } from './api-context.ts';
import { decodeControlRequest, decodeResourcesRequest, decodeScaleRequest } from './decode-control.ts';
import { readJsonBody } from './request-body.ts';
import { requireContainer, requirePodPrograms, requireProgram } from './require-program.ts';
import { sendJson } from './respond.ts';

/** Start, stop, restart, reload or signal a pod, a container or programs; answers when it is under way. 404 names what there is, 409 why it cannot be. */
export async function controlPod(call: ApiCall): Promise<void> {
  const request = decodeControlRequest(await readJsonBody(call.request));
  const found = requirePodPrograms(call);
  const { container, targets = [] } = request;
  if (container !== undefined) requireContainer(found, container);
  for (const target of targets) requireProgram(found, container ?? '', target);
  sendJson(call.response, 200, await call.context.reconciler.control(found.namespace, found.name, request));
}

/** Sets how many instances a program has, in the pod's manifest. */
export async function scaleProgram(call: ApiCall): Promise<void> {
  const request = decodeScaleRequest(await readJsonBody(call.request));
  const found = requirePodPrograms(call);
  requireProgram(found, request.container, request);
  const result = await call.context.reconciler.scale(found.namespace, found.name, request);
  sendJson(call.response, 200, result, result.warnings);
}

/** Changes resources of a pod, a container or a program, in the pod's manifest. */
export async function setResources(call: ApiCall): Promise<void> {
  const request = decodeResourcesRequest(await readJsonBody(call.request));
  const found = requirePodPrograms(call);
  const { container, program } = request;
  if (container !== undefined) requireContainer(found, container);
  if (container !== undefined && program !== undefined) requireProgram(found, container, { program });
  const result = await call.context.reconciler.setResources(found.namespace, found.name, request);
  sendJson(call.response, 200, result, result.warnings);
}
