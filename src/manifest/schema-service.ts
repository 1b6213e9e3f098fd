/** Kubernetes v1 Service. Rules beyond types stand in rules-service.ts. */
import { z } from 'zod';
import {
  anything,
  expecting,
  fields,
  fieldsWith,
  flag,
  int32,
  list,
  oneOf,
  optional,
  text,
  textMap,
} from './schema-kinds.ts';
import { serviceMetadata } from './schema-metadata.ts';

const portNumber = (description: string) => int32.meta({ description, minimum: 1, maximum: 65535 });

const servicePort = fields({
  name: text.meta({ description: 'Of the Service’s ports, an RFC 1123 label; needed where there are several' }),
  protocol: oneOf('SCTP', 'TCP', 'UDP').meta({ description: 'Default TCP' }),
  port: portNumber('What the Service is reached on'),
  targetPort: expecting(
    z.union([z.int32(), z.string()]).meta({ description: 'Number, or name of a container’s port; default: port' }),
    'a port number or the name of a port',
  ),
  nodePort: int32.meta({ description: 'On every address of this machine, 30000–32767; podd chooses one when absent' }),
  appProtocol: text,
}).meta({ id: 'ServicePort' });

const family = z.enum(['IPv4', 'IPv6']);

/** Each of them honoured, or named in a warning (honour-service.ts). */
const serviceSpec = fields({
  type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName').meta({
    description: 'Default ClusterIP; LoadBalancer works as NodePort',
  }),
  selector: textMap.meta({ description: 'Labels of the pods behind it, in its namespace' }),
  ports: list(servicePort),
  clusterIP: text.meta({
    description: 'None: headless, its name gives the pods’ addresses; podd chooses one when absent',
  }),
  clusterIPs: list(text),
  ipFamilies: list(family),
  ipFamilyPolicy: oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack').meta({
    description: 'Default SingleStack',
  }),
  externalIPs: list(text).meta({
    description: 'Addresses that lead to it too, where packets to them come to this machine',
  }),
  externalName: text.meta({ description: 'Of type ExternalName: the name that its name stands for' }),
  sessionAffinity: oneOf('None', 'ClientIP').meta({ description: 'ClientIP: a client keeps its pod; default None' }),
  sessionAffinityConfig: fields({
    clientIP: fields({ timeoutSeconds: int32.meta({ description: 'Default 10800', minimum: 1, maximum: 86400 }) }),
  }),
  publishNotReadyAddresses: flag.meta({ description: 'true: pods that are not ready are behind it too' }),
  internalTrafficPolicy: oneOf('Cluster', 'Local'),
  externalTrafficPolicy: oneOf('Cluster', 'Local'),
  allocateLoadBalancerNodePorts: flag,
  healthCheckNodePort: int32,
  loadBalancerClass: text,
  loadBalancerIP: text,
  loadBalancerSourceRanges: list(text),
  trafficDistribution: text,
});

/** A Service as Kubernetes defines it. */
export const serviceV1 = z
  .strictObject({
    ...fieldsWith(
      { apiVersion: z.literal('v1'), kind: z.literal('Service'), metadata: serviceMetadata, spec: serviceSpec },
      {},
    ).shape,
    ...optional({ status: z.record(z.string(), anything) }),
  })
  .meta({ title: 'Service (v1)', description: 'One name and address for all ready pods with certain labels' });

export type ServiceInput = z.infer<typeof serviceV1>;
