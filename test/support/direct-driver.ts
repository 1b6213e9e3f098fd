/** A Supervisor in a process of its own, a subreaper beside the test: bundled and started by direct-supervisor.ts. Argument: a JSON file. */
import { openSync, readFileSync } from 'node:fs';
import { openCgroupTree } from '../../src/init/cgroup-tree.ts';
import { startControlServer } from '../../src/init/control-server.ts';
import { openProgramOutput } from '../../src/init/program-output.ts';
import { Supervisor } from '../../src/init/supervisor.ts';
import { openDirectory } from '../../src/linux/at.ts';
import { listenUnix } from '../../src/linux/descriptors.ts';
import { becomeSubreaper } from '../../src/linux/process.ts';
import { SIGCHLD } from '../../src/linux/signals.ts';
import type { DirectPlan } from './direct-supervisor.ts';

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DirectPlan;
becomeSubreaper();
process.umask(0o022);
process.chdir(plan.directory);
const tree = openCgroupTree(plan.placement);
const logDir = openDirectory(plan.directory);
const devNull = openSync('/dev/null', 'r+');
const supervisor = new Supervisor({
  id: 'direct',
  container: 'direct',
  programs: plan.programs,
  tree,
  openOutput: (logs) => openProgramOutput(logDir, logs, () => {}),
  devNull,
  notifyDirectory: `${plan.directory}/notify`,
  onState: () => control.publishState(),
  onNote: (type, reason, message) => control.note(type, reason, message),
  onFinish: (end) => {
    process.stdout.write(`${JSON.stringify(end)}\n`);
    setImmediate(() => process.exit(0));
  },
});
const control = startControlServer(listenUnix('ctl.sock'), { supervisor, tree, devNull });
process.on('SIGCHLD', () => supervisor.receiveSignal(SIGCHLD));
process.on('SIGTERM', () => supervisor.stop(300));
process.stdout.write('ready\n');
supervisor.begin();
