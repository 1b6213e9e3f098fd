/** `podctl system install`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type InstancePaths, instancePaths } from '../model/instance-paths.ts';
import { PodError } from '../util/pod-error.ts';
import { poddProgram } from './ensure-daemon.ts';
import type { Io } from './io.ts';

const unitPath = '/etc/systemd/system/podd.service';

/** Writes (or with `printOnly` prints) the unit for this instance; the same unit again changes nothing. */
export function installUnit(io: Io, printOnly: boolean): number {
  const unit = formatUnit(process.execPath, poddProgram(), instancePaths(io.env), io.env);
  if (printOnly) {
    io.out(unit);
    return 0;
  }
  const isSame = existsSync(unitPath) && readFileSync(unitPath, 'utf8') === unit;
  if (!isSame) writeUnit(unit);
  io.out(`${unitPath} ${isSame ? 'unchanged' : 'written'}\n`);
  io.out('next: podctl system stop; systemctl daemon-reload && systemctl enable --now podd\n');
  if (!existsSync('/run/systemd/system')) io.err('Warning: this machine was not booted with systemd\n');
  return 0;
}

function writeUnit(unit: string): void {
  try {
    writeFileSync(unitPath, unit, { mode: 0o644 });
  } catch (cause) {
    throw new PodError('UnitNotWritten', 'install the unit', {
      cause,
      hint: 'try sudo podctl system install; --print shows the unit',
    });
  }
}

/**
 * KillMode=process and Delegate=yes: systemd ends podd only, and leaves its cgroups alone; containers outlive podd (systemd.kill(5),
 * systemd.resource-control(5)). podd needs no environment but its two directories, and the ranges of addresses where they are given.
 */
export function formatUnit(
  node: string,
  program: string,
  paths: InstancePaths,
  env: Readonly<Record<string, string | undefined>> = {},
): string {
  const ranges = ['PODCTL_POD_CIDR', 'PODCTL_SERVICE_CIDR'].filter((name) => env[name]);
  const settings = [
    `PODCTL_ROOT=${paths.root}`,
    `PODCTL_RUN=${paths.run}`,
    ...ranges.map((name) => `${name}=${env[name]}`),
  ];
  return `[Unit]
Description=podd, runs podctl's pods
After=network.target local-fs.target

[Service]
Type=simple
ExecStart=${quote(node)} ${quote(program)}
Environment=${settings.map(quote).join(' ')}
KillMode=process
Delegate=yes
Restart=always
RestartSec=1
TasksMax=infinity
LimitNOFILE=1048576
OOMScoreAdjust=-900

[Install]
WantedBy=multi-user.target
`;
}

/** A word of a unit file: % and $ are doubled, quotes and backslashes escaped (systemd.unit(5), systemd.service(5)). */
function quote(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$').replace(/["\\]/g, '\\$&');
  return /[\s"'\\;]/.test(word) ? `"${escaped}"` : escaped;
}
