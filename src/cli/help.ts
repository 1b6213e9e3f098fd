/** `podctl help` and every command's `--help`. */
import type { Command, Flag, FlagTable } from './command.ts';
import { commands } from './commands.ts';

/** The table of commands, by group. */
export function formatOverview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const groups = [...new Set(commands.map(({ group }) => group))].map((group) => {
    const lines = commands
      .filter((entry) => entry.group === group)
      .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
    return `${group}:\n${lines.join('\n')}\n`;
  });
  return `podctl runs pods of Kubernetes-shaped YAML on this machine.

Usage:
  podctl COMMAND [flags]

${groups.join('\n')}
Global flags:
  -n, --namespace NAMESPACE  namespace of the pods (default "default")
  -h, --help                 help; after a command, that command's

Environment:
  PODCTL_ROOT  podd's state (default /var/lib/podctl)    PODCTL_RUN  its sockets (default /run/podctl)

podd starts by itself when a command needs it. First steps:
  podctl doctor                      # can this machine run pods?
  podctl apply -f web.yaml --wait
`;
}

/** One command's help. */
export function formatHelp(command: Command): string {
  const examples = command.examples.map(({ text, line }) => `  # ${text}\n  ${line}`);
  const sections = [
    command.about,
    `Usage:\n${command.usage.map((line) => `  podctl ${line}`).join('\n')}`,
    `Flags:\n${formatFlags(command.flags)}`,
    ...(examples.length === 0 ? [] : [`Examples:\n${examples.join('\n\n')}`]),
  ];
  return `${sections.join('\n\n')}\n`;
}

const helpFlag: Flag = { kind: 'switch', short: 'h', help: 'this help' };

function formatFlags(flags: FlagTable): string {
  const rows = Object.entries({ ...flags, help: helpFlag }).map(([name, flag]) => ({
    left: `  ${flag.short === undefined ? '    ' : `-${flag.short}, `}--${name}${placeholder(flag)}`,
    right: flag.help,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, right }) => `${left.padEnd(width)}  ${right}`).join('\n');
}

function placeholder(flag: Flag): string {
  switch (flag.kind) {
    case 'switch':
      return '';
    case 'number':
      return ' N';
    case 'duration':
      return ' DURATION';
    case 'list':
      return ` ${flag.value}`;
    case 'text':
      return flag.bare === undefined ? ` ${flag.choices?.join('|') ?? flag.value}` : `[=${flag.value}]`;
  }
}
