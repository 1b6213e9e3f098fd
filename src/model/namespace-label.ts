/** The one label that namespaces have: their name, as Kubernetes gives it to each. */
export const namespaceLabel = 'kubernetes.io/metadata.name';
