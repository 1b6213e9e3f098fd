import { readProcesses } from './read-processes.ts';

/** `podinit validate -f FILE`: prints what is wrong; the exit code. */
export function validateFile(file: string): number {
  const { plans, problems } = readProcesses(file, { variables: {} });
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (plans === undefined) return 2;
  process.stdout.write(`${file}: ${plans.length} programs ok\n`);
  return 0;
}
