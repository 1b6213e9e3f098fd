import { defineCommand } from '../command.ts';
import { doctorChecks, formatFinding, type NamedFinding, runCheck } from '../doctor.ts';
import { rejectArgs } from '../scope.ts';

export const command = defineCommand({
  usage: ['doctor [-o json]'],
  about: `Check whether this machine can run pods, one line a check: ok, warn or FAIL, with what to do.
Exit code 1 when any check fails. Without root it checks what it can.`,
  flags: { output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['json'], help: 'as JSON' } },
  examples: [{ text: 'everything', line: 'sudo podctl doctor' }],
  run: async ({ flags, args, io }) => {
    rejectArgs(args);
    const findings: NamedFinding[] = [];
    for (const check of await doctorChecks(io.env)) {
      const finding = await runCheck(check);
      findings.push(finding);
      if (flags.output === undefined) io.out(`${formatFinding(finding, io.colour)}\n`);
    }
    const failed = findings.filter(({ verdict }) => verdict === 'fail');
    if (flags.output === 'json')
      io.out(`${JSON.stringify({ ok: failed.length === 0, checks: findings }, undefined, 2)}\n`);
    return failed.length === 0 ? 0 : 1;
  },
});
