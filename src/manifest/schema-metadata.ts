/** Kubernetes meta/v1 ObjectMeta. */
import { z } from 'zod';
import { dnsLabel1035Pattern, dnsLabelPattern, dnsSubdomainPattern } from './name-rules.ts';
import { anything, fields, fieldsWith, flag, int64, list, text, textMap } from './schema-kinds.ts';

const ownerReference = fields({
  apiVersion: text,
  kind: text,
  name: text,
  uid: text,
  controller: flag,
  blockOwnerDeletion: flag,
});

const managedField = fields({
  manager: text,
  operation: text,
  apiVersion: text,
  time: text,
  fieldsType: text,
  fieldsV1: z.record(z.string(), anything),
  subresource: text,
});

/** What only a server writes: read, never used. */
const serverFields = {
  generateName: text,
  selfLink: text,
  uid: text,
  resourceVersion: text,
  generation: int64,
  creationTimestamp: text,
  deletionTimestamp: text,
  deletionGracePeriodSeconds: int64,
  ownerReferences: list(ownerReference),
  finalizers: list(text),
  managedFields: list(managedField),
};

const userFields = {
  namespace: text.meta({
    description: 'Namespace, an RFC 1123 label; default when absent',
    pattern: dnsLabelPattern,
    maxLength: 63,
  }),
  labels: textMap.meta({ description: 'Labels to select pods by, e.g. podctl get pods -l app=web' }),
  annotations: textMap.meta({ description: 'Free notes kept with the pod' }),
};

/** metadata of a pod. */
export const podMetadata = metadataOf('pod');

/** metadata of most other objects. */
export const objectMetadata = metadataOf('object');

/** metadata of a Service, whose name is one label of a DNS name. */
export const serviceMetadata = fieldsWith(
  {
    name: text.meta({
      description: 'Name of the Service, an RFC 1035 label, unique in its namespace: pods reach it by this name',
      pattern: dnsLabel1035Pattern,
      maxLength: 63,
    }),
  },
  { ...userFields, ...serverFields },
);

function metadataOf(what: string) {
  const name = text.meta({
    description: `Name of the ${what}, an RFC 1123 subdomain, unique in its namespace`,
    pattern: dnsSubdomainPattern,
    maxLength: 253,
  });
  return fieldsWith({ name }, { ...userFields, ...serverFields });
}

/** metadata where no name is needed, as in a volumeClaimTemplate. */
export const templateMetadata = fields({ name: text, ...userFields, ...serverFields });
