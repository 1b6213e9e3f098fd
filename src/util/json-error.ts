/** Why a text is no JSON. What JSON.parse itself says quotes the text, which may hold secrets. */
export function describeJsonError(error: unknown): string {
  const [place] = /at position \d+/.exec(error instanceof Error ? error.message : '') ?? [];
  return place === undefined ? 'not JSON' : `not JSON ${place}`;
}
