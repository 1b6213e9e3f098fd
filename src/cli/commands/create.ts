import type { AppObject } from '../../protocol/objects.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { jobFromCronJob } from '../job-from-cron-job.ts';
import { dataPath } from '../pod-paths.ts';
import { reportError } from '../report-error.ts';
import { checkNamespace } from '../scope.ts';
import { UsageError } from '../usage-error.ts';
import { splitWorkload } from '../workload-target.ts';

const flagTable = {
  namespace: commonFlags.namespace,
  from: { kind: 'text', value: 'cronjob/NAME', help: 'the CronJob whose template it is made of' },
} as const;

const form = 'podctl create job NAME --from=cronjob/NAME';

export const command = defineCommand({
  usage: ['create job NAME --from=cronjob/NAME [flags]'],
  about: `Start the job of a CronJob now, under a name of your own; its schedule goes on as before. Everything else is made by apply.`,
  flags: flagTable,
  examples: [
    { text: 'tonight’s backup now', line: 'podctl create job backup-now --from=cronjob/backup' },
    { text: 'and until it is done', line: 'podctl wait --for=condition=complete job/backup-now' },
  ],
  run: async ({ flags, args, io }) => {
    const [kind, name] = args;
    if (kind !== 'job' || name === undefined || args.length > 2)
      throw new UsageError('create makes a job of a CronJob; all else is made by podctl apply -f FILE', form);
    const source = flags.from === undefined ? undefined : splitWorkload(flags.from);
    if (source?.kind !== 'CronJob' || source.rest !== '') throw new UsageError('--from names no CronJob', form);
    const namespace = checkNamespace(flags.namespace);
    const client = connectPodd(io.env);
    try {
      const cron = await client.json<AppObject<'CronJob'>>('GET', dataPath('CronJob', namespace, source.name));
      await client.json('POST', dataPath('Job', namespace), jobFromCronJob(cron, name));
      io.out(`job/${name} created\n`);
      return 0;
    } catch (error) {
      return reportError(error, io, 'create');
    }
  },
});
