import type { ProblemSink } from './field-problem.ts';
import { type HonourTable, warnByTable } from './honour-table.ts';
import type { Loose } from './schema.ts';
import type { ServiceInput } from './schema-service.ts';

const serviceTable: HonourTable<ServiceInput> = {
  apiVersion: 'yes',
  kind: 'yes',
  metadata: 'yes',
  spec: 'yes',
  status: 'server',
};

const specTable: HonourTable<ServiceInput['spec']> = {
  type: 'yes',
  selector: 'yes',
  ports: 'yes',
  clusterIP: 'yes',
  clusterIPs: 'yes',
  ipFamilies: 'yes',
  ipFamilyPolicy: 'yes',
  externalIPs: 'yes',
  externalName: 'yes',
  sessionAffinity: 'yes',
  sessionAffinityConfig: 'yes',
  publishNotReadyAddresses: 'yes',
  // every pod is local, and clients' addresses are kept
  internalTrafficPolicy: 'yes',
  externalTrafficPolicy: 'yes',
  allocateLoadBalancerNodePorts: 'yes',
  healthCheckNodePort: 'cluster',
  loadBalancerClass: 'cluster',
  loadBalancerIP: 'cluster',
  loadBalancerSourceRanges: 'later',
  trafficDistribution: 'cluster',
};

/** Warns once for each field of a Service that is given and means nothing here, or something else than in a cluster. */
export function warnService(service: Loose<ServiceInput>, problems: ProblemSink): void {
  const { spec } = service;
  warnByTable(serviceTable, service, [], problems);
  warnByTable(specTable, spec, ['spec'], problems);
  if (spec?.type === 'LoadBalancer') {
    const words = 'works as NodePort: there is no load balancer on one machine';
    problems.warn(['spec', 'type'], words, { hint: 'its ports are reached on this machine’s addresses at nodePort' });
  }
  const hasSelector = Object.keys(spec?.selector ?? {}).length > 0;
  if (hasSelector || spec === undefined || spec.type === 'ExternalName') return;
  problems.warn(
    ['spec', 'selector'],
    'selects no pod: without it Kubernetes wants Endpoints made by hand, which podctl does not keep',
    {
      hint: 'give the labels of pods, or use type: ExternalName for what runs elsewhere',
    },
  );
}
