/** POST …/attach: the output, and stdin where it has one, of a program that runs; ?program= &stdin=1 &rows= &columns=. */
import type { IncomingMessage } from 'node:http';
import type { ProgramRef } from '../model/program-name.ts';
import type { AttachRequest } from '../protocol/init.ts';
import { checkProgram, type FoundContainer, refOf } from './find-container.ts';
import { flagOf, integerOf, textOf } from './query.ts';
import { ApiError } from './status-errors.ts';

/** Without `program` the only one is meant; throws ApiError, which lists them, where there are several. */
export function attachRequestOf(
  _request: IncomingMessage,
  query: URLSearchParams,
  found: FoundContainer,
): AttachRequest {
  const named = refOf(textOf(query, 'program'));
  if (named !== undefined) checkProgram(found, named, []);
  const ref = named ?? onlyProgram(found);
  const rows = integerOf(query, 'rows');
  const columns = integerOf(query, 'columns');
  return {
    op: 'attach',
    ...ref,
    stdin: flagOf(query, 'stdin'),
    ...(rows === undefined ? {} : { rows }),
    ...(columns === undefined ? {} : { columns }),
  };
}

function onlyProgram({ pod, location }: FoundContainer): ProgramRef {
  const names = [...new Set(location.programs.map(({ program }) => program))];
  const [program = 'main', ...others] = names;
  if (others.length === 0) return { program };
  const { name } = pod.metadata;
  throw new ApiError('BadRequest', `container ${location.container} of pod ${name} has several programs`, {
    name,
    kind: 'pods',
    hint: `name one of ${names.join(', ')}`,
  });
}
