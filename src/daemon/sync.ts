/** POST …/pods/{name}/sync: files of this machine into a running container. */
import { readInitRecord } from '../store/instance-record.ts';
import { openContainerRoot } from '../sync/container-root.ts';
import { syncInto } from '../sync/sync-into.ts';
import type { ApiCall } from './api-context.ts';
import { decodeSyncRequest } from './decode-sync.ts';
import { findContainer } from './find-container.ts';
import { readJsonBody } from './request-body.ts';
import { sendJson } from './respond.ts';
import { ApiError } from './status-errors.ts';

/** Answers when all is copied; what could not be is named in the answer. 409 when the container does not run, or ends meanwhile. */
export async function syncFiles(call: ApiCall): Promise<void> {
  const request = decodeSyncRequest(await readJsonBody(call.request));
  const { namespace = '', name = '' } = call.params;
  const { location } = findContainer(call.context, namespace, name, request.container);
  const where = `${name}/${location.container}`;
  const init = location.runDir === undefined ? undefined : readInitRecord(location.runDir);
  const root = init === undefined ? undefined : openContainerRoot(init);
  if (root === undefined) {
    throw conflict(
      name,
      `container ${where} is not running`,
      `podctl start ${where}, or see podctl describe pod ${name}`,
    );
  }
  try {
    const { isComplete, response } = await syncInto(root, request);
    if (!isComplete) {
      const done = `${response.copied} of ${request.files.length} copied`;
      throw conflict(name, `container ${where} ended meanwhile (${done})`, 'send them again when it runs');
    }
    sendJson(call.response, 200, response);
  } finally {
    root.close();
  }
}

function conflict(name: string, message: string, hint: string): ApiError {
  return new ApiError('Conflict', message, { name, kind: 'pods', hint });
}
