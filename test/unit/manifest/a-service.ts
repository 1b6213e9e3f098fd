/** Services as manifests write them: one TCP port, pods of app web; the test says what else. */
export const aPort = (fields: object = {}) => ({ port: 80, ...fields });
export const aService = (spec: object = {}, metadata: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', ...metadata } },
  spec: { selector: { app: 'web' }, ports: [aPort()], ...spec },
});
export const ports = (...some: readonly object[]) => aService({ ports: some.map(aPort) });
export const nodePorts = (...some: readonly object[]) => aService({ type: 'NodePort', ports: some.map(aPort) });
export const headless = (spec: object = {}) => aService({ clusterIP: 'None', ...spec });
export const external = (spec: object = {}) =>
  aService({ type: 'ExternalName', externalName: 'db.example.com', ports: [], ...spec });
export const balancer = (spec: object = {}) => aService({ type: 'LoadBalancer', ...spec });
export const affinity = (spec: object) => aService({ sessionAffinity: 'ClientIP', ...spec });

export const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';
