/** Gates that hold a whole pod back until an update takes them away. Pure. */

/** What each container lacks meanwhile, in Kubernetes' words (the condition PodScheduled of registry/core/pod/util). */
export const gatedWords = 'Scheduling is blocked due to non-empty scheduling gates';

/** What a pod with these gates lacks. */
export const gateMissing = (gates: readonly unknown[] = []): readonly string[] =>
  gates.length > 0 ? [gatedWords] : [];

export const isGated = ({ missing = [] }: { readonly missing?: readonly string[] }): boolean =>
  missing.includes(gatedWords);
