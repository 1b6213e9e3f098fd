import { objectName } from '../cli/apply-result.ts';
import { namespaceFor } from '../model/object-kinds.ts';
import type { ObjectManifest } from '../model/object-manifest.ts';
import type { ObjectName } from './notice.ts';

/** Unique among all objects. */
export const keyOf = ({ kind, namespace, name }: ObjectName): string => `${kind}/${namespace}/${name}`;

export const nameOfManifest = ({ kind, metadata }: ObjectManifest): ObjectName => ({
  kind,
  namespace: namespaceFor(kind, metadata.namespace),
  name: metadata.name,
});

/** `pod/web`, with `-n NAMESPACE` where that is not the default one. */
export const formatObjectName = (object: ObjectName): string =>
  `${objectName(object)}${object.namespace === 'default' || object.namespace === '' ? '' : ` -n ${object.namespace}`}`;
