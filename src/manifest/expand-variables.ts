/**
 * Kubernetes' `$(NAME)` expansion (k8s.io/kubernetes third_party/forked/golang/expansion): `$$` is a plain `$`,
 * an unknown name stays as it is written, an unclosed `$(` too.
 */
export function expandVariables(text: string, variables: Variables): string {
  let result = '';
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf('$', at);
    if (dollar === -1 || dollar === text.length - 1) return result + text.slice(at);
    result += text.slice(at, dollar);
    const { expansion, length } = expandAt(text, dollar, variables);
    result += expansion;
    at = dollar + length;
  }
  return result;
}

type Variables = Pick<ReadonlyMap<string, string>, 'get'>;

function expandAt(
  text: string,
  dollar: number,
  variables: Variables,
): { readonly expansion: string; readonly length: number } {
  const next = text[dollar + 1] ?? '';
  if (next === '$') return { expansion: '$', length: 2 };
  if (next !== '(') return { expansion: `$${next}`, length: 2 };
  const close = text.indexOf(')', dollar + 2);
  if (close === -1) return { expansion: '$(', length: 2 };
  const name = text.slice(dollar + 2, close);
  const written = text.slice(dollar, close + 1);
  return { expansion: variables.get(name) ?? written, length: written.length };
}
