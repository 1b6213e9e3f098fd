/**
 * Values of the downward API that are known only when a container starts (its pod's addresses and uid, labels as they are then) stand
 * in the spec as marks between NULs, which no variable, argument or file name can hold. Pure text, so `$(VAR)` expands to them too, and
 * a changed label or address is no drift.
 */
const mark = '\u0000';

/** Stands for what `field` will be: an ObjectFieldSelector's fieldPath, such as `status.podIP`. */
export const lateValue = (field: string): string => `${mark}${field}${mark}`;

export const isLate = (text: string): boolean => text.includes(mark);

/** The text with every mark replaced; what `lookUp` does not know becomes empty, as the kubelet has it. */
export const fillLate = (text: string, lookUp: (field: string) => string | undefined): string =>
  text
    .split(mark)
    .map((part, index) => (index % 2 === 0 ? part : (lookUp(part) ?? '')))
    .join('');
