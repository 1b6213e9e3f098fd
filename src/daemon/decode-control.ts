/** The bodies of control, scale and resources, strictly: a field nobody knows, a wrong type or an impossible value is refused by name. */
import type { ProgramRef } from '../model/program-name.ts';
import type { ControlRequest, ResourcesRequest, ScaleRequest } from '../protocol/api.ts';
import { type ProgramVerb, programVerbs } from '../protocol/init.ts';
import { closestWord } from '../util/closest-word.ts';
import { badRequest, knownFields, recordOf } from './decode-bodies.ts';
import { ApiError } from './status-errors.ts';

const lastSignal = 64;
const maxInstances = 1000;

/** Throws ApiError: BadRequest for a wrong shape, Invalid for values that cannot be. */
export function decodeControlRequest(value: unknown): ControlRequest {
  const body = knownFields(value, ['verb', 'container', 'targets', 'signal', 'cascade']);
  const verb = verbOf(body.verb);
  const container = body.container === undefined ? undefined : textOf(body.container, 'body.container');
  const targets = body.targets === undefined ? undefined : targetsOf(body.targets);
  if (targets !== undefined && container === undefined) {
    throw invalid('body.container', 'is needed with targets: programs belong to a container');
  }
  return {
    verb,
    ...(container === undefined ? {} : { container }),
    ...(targets === undefined ? {} : { targets }),
    ...signalOf(verb, body.signal),
    ...cascadeOf(verb, body.cascade),
  };
}

/** Throws ApiError: BadRequest for a wrong shape, Invalid for values that cannot be. */
export function decodeScaleRequest(value: unknown): ScaleRequest {
  const body = knownFields(value, ['container', 'program', 'instances']);
  const { instances } = body;
  if (typeof instances !== 'number') throw badRequest('body.instances', 'a number', instances);
  if (!Number.isInteger(instances) || instances < 0 || instances > maxInstances) {
    throw invalid('body.instances', `must be a whole number from 0 to ${maxInstances}, not ${instances}`);
  }
  return {
    container: textOf(body.container, 'body.container'),
    program: textOf(body.program, 'body.program'),
    instances,
  };
}

/** What `resources` holds is the manifest's business. Throws ApiError: BadRequest for a wrong shape, Invalid for values that cannot be. */
export function decodeResourcesRequest(value: unknown): ResourcesRequest {
  const body = knownFields(value, ['container', 'program', 'resources', 'dryRun']);
  const { dryRun = false } = body;
  if (typeof dryRun !== 'boolean') throw badRequest('body.dryRun', 'true or false', dryRun);
  const container = body.container === undefined ? undefined : textOf(body.container, 'body.container');
  const program = body.program === undefined ? undefined : textOf(body.program, 'body.program');
  if (program !== undefined && container === undefined)
    throw invalid('body.container', 'is needed with program: programs belong to a container');
  return {
    resources: recordOf(body.resources, 'body.resources'),
    ...(container === undefined ? {} : { container }),
    ...(program === undefined ? {} : { program }),
    ...(dryRun ? { dryRun } : {}),
  };
}

function verbOf(value: unknown): ProgramVerb {
  const word = textOf(value, 'body.verb');
  const verb = programVerbs.find((candidate) => candidate === word);
  if (verb !== undefined) return verb;
  const guess = closestWord(word, programVerbs);
  const hint = guess === undefined ? {} : { hint: `did you mean ${guess}?` };
  throw invalid('body.verb', `is one of ${programVerbs.join(', ')}, not "${word}"`, hint);
}

function targetsOf(value: unknown): readonly ProgramRef[] {
  if (!Array.isArray(value)) throw badRequest('body.targets', 'a list of programs', value);
  // An empty list would read as "all of the container": too much to happen by mistake.
  if (value.length === 0) throw invalid('body.targets', 'must not be empty; leave it out for the whole container');
  return value.map((item, index) => targetOf(item, `body.targets[${index}]`));
}

function targetOf(value: unknown, where: string): ProgramRef {
  const { program, instance } = knownFields(value, ['program', 'instance'], where);
  const name = textOf(program, `${where}.program`);
  if (instance === undefined) return { program: name };
  if (typeof instance !== 'number') throw badRequest(`${where}.instance`, 'a number', instance);
  if (!Number.isInteger(instance) || instance < 0 || instance >= maxInstances) {
    throw invalid(`${where}.instance`, `must be a whole number from 0 to ${maxInstances - 1}, not ${instance}`);
  }
  return { program: name, instance };
}

function signalOf(verb: ProgramVerb, signal: unknown): { readonly signal?: number } {
  if (verb !== 'signal') {
    if (signal === undefined) return {};
    throw invalid('body.signal', `belongs to verb signal, not to ${verb}`);
  }
  if (typeof signal !== 'number') throw badRequest('body.signal', 'the number of a signal', signal);
  if (Number.isInteger(signal) && signal >= 1 && signal <= lastSignal) return { signal };
  throw invalid('body.signal', `must be from 1 to ${lastSignal}, not ${signal}`);
}

function cascadeOf(verb: ProgramVerb, cascade: unknown): { readonly cascade?: boolean } {
  if (cascade === undefined) return {};
  if (typeof cascade !== 'boolean') throw badRequest('body.cascade', 'true or false', cascade);
  if (cascade && verb !== 'restart') throw invalid('body.cascade', `belongs to verb restart, not to ${verb}`);
  return cascade ? { cascade } : {};
}

function textOf(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw badRequest(where, 'a text', value);
}

function invalid(field: string, message: string, details: { readonly hint?: string } = {}): ApiError {
  return new ApiError('Invalid', `${field}: ${message}`, { ...details, causes: [{ field, message }] });
}
