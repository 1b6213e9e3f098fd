/** /apis/podctl.dev/v1/system: what podd is doing, and its end. */
import type { ApiCall, ApiContext } from './api-context.ts';
import { flagOf } from './query.ts';
import { sendJson } from './respond.ts';

/** GET: SystemStatus. */
export function getSystem(call: ApiCall): void {
  sendJson(call.response, 200, call.context.systemStatus());
}

/** POST stop: podd exits after the reply; with `pods` it first deletes every pod, gracefully, and waits until all are gone; Deployments and the like make theirs anew when podd starts again. */
export async function stopSystem(call: ApiCall): Promise<void> {
  const { context, response, query } = call;
  if (flagOf(query, 'pods')) {
    await endPods(context);
  }
  // Also when the client has left meanwhile: it asked for the stop, and nobody else will.
  response.once('close', () => context.requestStop());
  if (response.closed) context.requestStop();
  response.setHeader('connection', 'close');
  sendJson(response, 200, context.systemStatus());
}

/** Controllers would replace each pod at once: they rest meanwhile, and for good where all are gone. */
async function endPods(context: ApiContext): Promise<void> {
  await context.reconciler.restControllers();
  try {
    await deleteAllPods(context);
  } catch (error) {
    context.reconciler.wakeControllers();
    throw error;
  }
}

/** Deletes pods until there is none, also those that are applied meanwhile. Rejects when a deletion is refused. */
async function deleteAllPods(context: ApiContext): Promise<void> {
  const { reconciler } = context;
  for (;;) {
    const change = nextChange(context);
    const pods = reconciler.list();
    if (pods.length === 0) return change.cancel();
    const begun = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    await Promise.all(begun.map(({ metadata }) => deleteIfThere(context, metadata.namespace, metadata.name)));
    await change.happened;
  }
}

async function deleteIfThere(context: ApiContext, namespace: string, name: string): Promise<void> {
  if (context.reconciler.get(namespace, name) === undefined) return;
  await context.reconciler.delete(namespace, name, {});
}

// Subscribed before the list is read, so that no change falls between the two.
function nextChange(context: ApiContext): { readonly happened: Promise<void>; readonly cancel: () => void } {
  let cancel = (): void => undefined;
  const happened = new Promise<void>((resolve) => {
    const unsubscribe = context.reconciler.subscribe(() => {
      unsubscribe();
      resolve();
    });
    cancel = unsubscribe;
  });
  return { happened, cancel };
}
