/** Bounds on manifests, so that no input can take the machine's memory or time. */

/** Levels of maps and lists in one document; Kubernetes' deepest field needs 13. */
export const maxDepth = 32;
/**
 * What Kubernetes' API takes in one request: a List of two full Secrets (1 MiB each, a third more in base64). Its YAML is read in two
 * seconds at worst (a text of escapes alone); what there is of structure in it is bounded by the number of tokens (yaml-document.ts).
 */
export const maxDocumentBytes = 3 * 1024 * 1024;
/** characters that variables bring into one document */
export const maxExpansion = 1024 * 1024;
/** a file of processes for podinit alone */
export const maxProcessesBytes = 1024 * 1024;
export const maxDocuments = 64;
/** documents with the empty ones, which cost time too */
export const maxPieces = 1024;
/** one file */
export const maxInputBytes = 64 * 1024 * 1024;

/** processes and threads of a container: podman's and docker's default */
export const defaultPidsLimit = 2048;
/** text of all files that are merged: unlike others they are held in memory at once */
export const maxMergedBytes = 8 * 1024 * 1024;
