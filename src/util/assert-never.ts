/** Compile-time proof that a union was handled completely; throws `bug:` if reached at run time. */
export function assertNever(value: never, what = 'value'): never {
  throw new Error(`bug: unexpected ${what}: ${JSON.stringify(value)}`);
}
