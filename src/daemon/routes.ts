/** The API's route table; the paths are those of src/protocol/api.ts and of Kubernetes' discovery. */
import type { Route } from './api-context.ts';
import { applyManifests } from './apply.ts';
import {
  getCoreResources,
  getCoreVersions,
  getGroups,
  getHealth,
  getPodctlResources,
  getVersion,
} from './discovery.ts';
import { listEvents } from './events.ts';
import { execPath, refusePlainExec } from './exec.ts';
import { getLog } from './log.ts';
import { createPod, deletePod, deletePods, getPod, listPods, replacePod } from './pods.ts';
import { getSystem, stopSystem } from './system.ts';

const allPods = '/api/v1/pods';
const pods = '/api/v1/namespaces/:namespace/pods';
const onePod = `${pods}/:name`;

export const routes: readonly Route[] = [
  { method: 'GET', path: '/healthz', produces: 'text', run: getHealth },
  { method: 'GET', path: '/livez', produces: 'text', run: getHealth },
  { method: 'GET', path: '/readyz', produces: 'text', run: getHealth },
  { method: 'GET', path: '/version', produces: 'json', run: getVersion },
  { method: 'GET', path: '/api', produces: 'json', run: getCoreVersions },
  { method: 'GET', path: '/apis', produces: 'json', run: getGroups },
  { method: 'GET', path: '/api/v1', produces: 'json', run: getCoreResources },
  { method: 'GET', path: allPods, produces: 'json', run: listPods },
  { method: 'DELETE', path: allPods, produces: 'json', run: deletePods },
  { method: 'GET', path: pods, produces: 'json', run: listPods },
  { method: 'POST', path: pods, produces: 'json', run: createPod },
  { method: 'DELETE', path: pods, produces: 'json', run: deletePods },
  { method: 'GET', path: onePod, produces: 'json', run: getPod },
  { method: 'GET', path: `${onePod}/status`, produces: 'json', run: getPod },
  { method: 'PUT', path: onePod, produces: 'json', run: replacePod },
  { method: 'DELETE', path: onePod, produces: 'json', run: deletePod },
  { method: 'GET', path: `${onePod}/log`, produces: 'text', run: getLog },
  { method: 'POST', path: execPath, produces: 'json', run: refusePlainExec },
  { method: 'GET', path: '/api/v1/events', produces: 'json', run: listEvents },
  { method: 'GET', path: '/api/v1/namespaces/:namespace/events', produces: 'json', run: listEvents },
  { method: 'GET', path: '/apis/podctl.dev/v1', produces: 'json', run: getPodctlResources },
  { method: 'POST', path: '/apis/podctl.dev/v1/apply', produces: 'json', run: applyManifests },
  { method: 'GET', path: '/apis/podctl.dev/v1/system', produces: 'json', run: getSystem },
  { method: 'POST', path: '/apis/podctl.dev/v1/system/stop', produces: 'json', run: stopSystem },
];
