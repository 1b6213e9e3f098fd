/** The API's route table; the paths are those of src/protocol/api.ts and of Kubernetes' discovery. */
import { dataKinds } from '../model/object-kinds.ts';
import type { Route } from './api-context.ts';
import { applyManifests } from './apply.ts';
import { controlPod, scaleProgram, setResources } from './control.ts';
import { dataRoutes } from './data.ts';
import { getCoreResources, getCoreVersions, getGroups, getHealth, getVersion, groupRoutes } from './discovery.ts';
import { endpointRoutes } from './endpoints.ts';
import { listEvents } from './events.ts';
import { getLog } from './log.ts';
import { getMetrics } from './metrics.ts';
import { setPodStatus } from './pod-conditions.ts';
import { createPod, deletePod, deletePods, getPod, listPods, replacePod } from './pods.ts';
import { getWhy, listPrograms } from './programs.ts';
import { refusePlain, upgradeRoutes } from './serve-upgrade.ts';
import { syncFiles } from './sync.ts';
import { getSystem, stopSystem } from './system.ts';
import { listUsage } from './usage.ts';

const allPods = '/api/v1/pods';
const pods = '/api/v1/namespaces/:namespace/pods';
const onePod = `${pods}/:name`;
const podctl = '/apis/podctl.dev/v1';
const ourPod = `${podctl}/namespaces/:namespace/pods/:name`;

export const routes: readonly Route[] = [
  { method: 'GET', path: '/healthz', produces: 'text', run: getHealth },
  { method: 'GET', path: '/livez', produces: 'text', run: getHealth },
  { method: 'GET', path: '/readyz', produces: 'text', run: getHealth },
  { method: 'GET', path: '/metrics', produces: 'text', run: getMetrics },
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
  { method: 'PUT', path: `${onePod}/status`, produces: 'json', run: setPodStatus },
  { method: 'PATCH', path: `${onePod}/status`, produces: 'json', run: setPodStatus },
  { method: 'PUT', path: onePod, produces: 'json', run: replacePod },
  { method: 'DELETE', path: onePod, produces: 'json', run: deletePod },
  { method: 'GET', path: `${onePod}/log`, produces: 'text', run: getLog },
  ...upgradeRoutes.map((route): Route => ({ ...route, produces: 'json', run: refusePlain(route) })),
  ...groupRoutes(),
  ...dataKinds.flatMap(dataRoutes),
  ...endpointRoutes,
  { method: 'GET', path: '/api/v1/events', produces: 'json', run: listEvents },
  { method: 'GET', path: '/api/v1/namespaces/:namespace/events', produces: 'json', run: listEvents },
  { method: 'POST', path: `${podctl}/apply`, produces: 'json', run: applyManifests },
  { method: 'GET', path: `${podctl}/programs`, produces: 'json', run: listPrograms },
  { method: 'GET', path: `${podctl}/namespaces/:namespace/programs`, produces: 'json', run: listPrograms },
  { method: 'GET', path: `${podctl}/usage`, produces: 'json', run: listUsage },
  { method: 'GET', path: `${podctl}/namespaces/:namespace/usage`, produces: 'json', run: listUsage },
  { method: 'POST', path: `${ourPod}/control`, produces: 'json', run: controlPod },
  { method: 'POST', path: `${ourPod}/scale`, produces: 'json', run: scaleProgram },
  { method: 'POST', path: `${ourPod}/resources`, produces: 'json', run: setResources },
  { method: 'POST', path: `${ourPod}/sync`, produces: 'json', run: syncFiles },
  { method: 'GET', path: `${ourPod}/why`, produces: 'json', run: getWhy },
  { method: 'GET', path: `${podctl}/system`, produces: 'json', run: getSystem },
  { method: 'POST', path: `${podctl}/system/stop`, produces: 'json', run: stopSystem },
];
