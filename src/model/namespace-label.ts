/** The label that every namespace has: its name, as Kubernetes gives it to each. */
export const namespaceLabel = 'kubernetes.io/metadata.name';
