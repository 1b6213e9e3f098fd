/** The same function, which computes each result once: arguments of the same key are the same to it. */
export function remember<A extends readonly unknown[], T>(
  keyOf: (...of: A) => unknown,
  make: (...of: A) => T,
): (...of: A) => T {
  const made = new Map<unknown, { readonly value: T }>();
  return (...of) => {
    const key = keyOf(...of);
    const known = made.get(key) ?? { value: make(...of) };
    made.set(key, known);
    return known.value;
  };
}
