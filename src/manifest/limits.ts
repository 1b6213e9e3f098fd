/** Bounds on manifests, so that no input can take the machine's memory or time. */

/** Levels of maps and lists in one document; Kubernetes' deepest field needs 13. */
export const maxDepth = 32;
/** Kubernetes' API takes about as much (etcd's 1.5 MiB). */
export const maxDocumentBytes = 1024 * 1024;
export const maxDocuments = 64;
/** documents with the empty ones, which cost time too */
export const maxPieces = 1024;
/** one file: all its documents at their largest */
export const maxInputBytes = maxDocuments * maxDocumentBytes;

/** processes and threads of a container: podman's and docker's default */
export const defaultPidsLimit = 2048;
/** text of all files that are merged: unlike others they are held in memory at once */
export const maxMergedBytes = 8 * maxDocumentBytes;
