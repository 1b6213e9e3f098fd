/** Kubernetes networking.k8s.io/v1 NetworkPolicy. Rules beyond types stand in rules-network-policy.ts. */
import { z } from 'zod';
import { expecting, fields, int32, labelSelector, list, optional, text } from './schema-kinds.ts';
import { objectMetadata } from './schema-metadata.ts';

const port = fields({
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).meta({ description: 'Default TCP' }),
  port: expecting(
    z
      .union([z.int32(), z.string()])
      .meta({ description: 'Number, or name of a container’s port; absent: every port of the protocol' }),
    'a port number or the name of a port',
  ),
  endPort: int32.meta({ description: 'Last port of a range that begins with port', minimum: 1, maximum: 65535 }),
}).meta({ id: 'NetworkPolicyPort' });

const cidr = text.meta({ description: 'Block of IPv4 or IPv6 addresses: 10.9.8.0/24, 2001:db8::/64' });

const peer = fields({
  podSelector: labelSelector.describe('Pods by label, of the policy’s namespace unless there is a namespaceSelector'),
  namespaceSelector: labelSelector.describe('Namespaces by label; each has kubernetes.io/metadata.name'),
  ipBlock: fields({ cidr, except: list(cidr) }),
}).meta({ id: 'NetworkPolicyPeer' });

const peers = list(peer).meta({ description: 'Any of them; absent or empty: whoever' });
const ports = list(port).meta({ description: 'Any of them; absent or empty: every port and protocol' });

/** A NetworkPolicy as Kubernetes defines it. */
export const networkPolicyV1 = z
  .strictObject({
    apiVersion: z.literal('networking.k8s.io/v1'),
    kind: z.literal('NetworkPolicy'),
    metadata: objectMetadata,
    ...optional({
      spec: fields({
        podSelector: labelSelector.describe('Pods of the namespace that are isolated; empty: all of them'),
        policyTypes: list(z.enum(['Ingress', 'Egress'])).meta({
          description: 'Directions that are isolated; default Ingress, and Egress where there are egress rules',
        }),
        ingress: list(fields({ from: peers, ports })).meta({ description: 'What may reach the pods; absent: nothing' }),
        egress: list(fields({ to: peers, ports })).meta({ description: 'What the pods may reach; absent: nothing' }),
      }),
    }),
  })
  .meta({
    title: 'NetworkPolicy (networking.k8s.io/v1)',
    description: 'Which pods may talk to which, and to whom else',
  });

export type NetworkPolicyInput = z.infer<typeof networkPolicyV1>;
