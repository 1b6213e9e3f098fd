/** How a program's instances are named: the key for machines, the label for people, the log file on disk. Pure. */

/** Key of an instance, unique in its container and stable whatever `instances` says: `web`, `web:1`, `web:2` … */
export const programKey = (program: string, instance: number): string =>
  instance === 0 ? program : `${program}:${instance}`;

/** What people see: the plain name of a program without `instances`, else `web:0`, `web:1` … */
export const programLabel = (program: string, instance: number, hasInstances: boolean): string =>
  hasInstances ? `${program}:${instance}` : program;

/** A program, or one instance of it, as people write it. */
export interface ProgramRef {
  readonly program: string;
  /** absent: all instances */
  readonly instance?: number;
}

/** `web` → all instances, `web:1` → one; undefined when it is neither. */
export function parseProgramRef(text: string): ProgramRef | undefined {
  const [, program, instance] = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?::(\d{1,4}))?$/.exec(text) ?? [];
  if (program === undefined) return undefined;
  return instance === undefined ? { program } : { program, instance: Number(instance) };
}

export const formatProgramRef = ({ program, instance }: ProgramRef): string =>
  instance === undefined ? program : `${program}:${instance}`;

/** The one program of a container with a plain `command`. */
export const mainProgramName = 'main';

/** `<attempt>.log` for the program of a plain container, `<attempt>.<key>.log` for those of `processes`. */
export const logFileName = (attempt: number, key: string, isPlain: boolean): string =>
  isPlain ? `${attempt}.log` : `${attempt}.${key}.log`;

/** The program key in a log file's name without rotation suffix; undefined when it belongs to another attempt or is none. */
export function keyOfLogFile(file: string, attempt: number): string | undefined {
  if (file === `${attempt}.log`) return mainProgramName;
  const [, number, key] = /^(\d+)\.([a-z0-9-]+(?::\d+)?)\.log$/.exec(file) ?? [];
  return Number(number) === attempt ? key : undefined;
}
