/** The table of commands. Each is loaded only when it is called: `podctl version` pays for none of the others. */
import type { Command } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  /** what other tools call it; not shown */
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly group: 'Pods' | 'Programs' | 'Manifests' | 'System';
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** In the order of `podctl help`. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'apply',
    group: 'Pods',
    summary: 'create or change the objects of manifests',
    load: () => import('./commands/apply.ts'),
  },
  {
    name: 'diff',
    group: 'Pods',
    summary: 'say what an apply would change, and what it costs',
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'dev',
    group: 'Pods',
    summary: 'apply, print logs, act on every change; Ctrl-C ends it all',
    load: () => import('./commands/dev.ts'),
  },
  {
    name: 'get',
    group: 'Pods',
    summary: 'list pods, configmaps, secrets or events',
    load: () => import('./commands/get.ts'),
  },
  {
    name: 'describe',
    group: 'Pods',
    summary: 'all about a pod (or configmap, secret), for people',
    load: () => import('./commands/describe.ts'),
  },
  {
    name: 'create',
    group: 'Pods',
    summary: 'start a CronJob’s job now',
    load: () => import('./commands/create.ts'),
  },
  { name: 'logs', group: 'Pods', summary: "print a container's output", load: () => import('./commands/logs.ts') },
  { name: 'exec', group: 'Pods', summary: 'run a command in a container', load: () => import('./commands/exec.ts') },
  {
    name: 'port-forward',
    group: 'Pods',
    summary: 'reach a port of a pod on a local one',
    load: () => import('./commands/port-forward.ts'),
  },
  { name: 'cp', group: 'Pods', summary: 'copy files into a container', load: () => import('./commands/cp.ts') },
  {
    name: 'delete',
    group: 'Pods',
    summary: 'stop and remove pods; remove configmaps, secrets',
    load: () => import('./commands/delete.ts'),
  },
  {
    name: 'label',
    group: 'Pods',
    summary: 'set labels of objects',
    load: () => import('./commands/label.ts'),
  },
  {
    name: 'annotate',
    group: 'Pods',
    summary: 'set annotations of objects',
    load: () => import('./commands/annotate.ts'),
  },
  {
    name: 'rollout',
    group: 'Pods',
    summary: 'how the pods of a Deployment are replaced: status, history, undo, restart',
    load: () => import('./commands/rollout.ts'),
  },
  {
    name: 'wait',
    group: 'Pods',
    summary: 'wait until pods or programs are as asked for',
    load: () => import('./commands/wait.ts'),
  },
  { name: 'events', group: 'Pods', summary: 'what happened to pods', load: () => import('./commands/events.ts') },
  {
    name: 'ps',
    group: 'Programs',
    summary: 'pods, containers and programs as a tree',
    load: () => import('./commands/ps.ts'),
  },
  {
    name: 'top',
    group: 'Programs',
    summary: 'what they use now: CPU, memory, io, pids',
    load: () => import('./commands/top.ts'),
  },
  {
    name: 'start',
    group: 'Programs',
    summary: 'start programs, containers or pods',
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'stop',
    group: 'Programs',
    summary: 'stop them; they stay stopped until started',
    load: () => import('./commands/stop.ts'),
  },
  {
    name: 'restart',
    group: 'Programs',
    summary: 'stop and start them',
    load: () => import('./commands/restart.ts'),
  },
  {
    name: 'pause',
    aliases: ['freeze'],
    group: 'Programs',
    summary: 'have them stand still, as they are',
    load: () => import('./commands/pause.ts'),
  },
  {
    name: 'resume',
    aliases: ['unpause', 'thaw'],
    group: 'Programs',
    summary: 'let go on what is paused',
    load: () => import('./commands/resume.ts'),
  },
  {
    name: 'reload',
    group: 'Programs',
    summary: 'have them read their configuration again',
    load: () => import('./commands/reload.ts'),
  },
  {
    name: 'signal',
    group: 'Programs',
    summary: 'send them a signal',
    load: () => import('./commands/signal.ts'),
  },
  {
    name: 'scale',
    group: 'Programs',
    summary: 'set how many instances a program has',
    load: () => import('./commands/scale.ts'),
  },
  {
    name: 'set',
    group: 'Programs',
    summary: 'change limits while they run, images and variables, conditions of pods',
    load: () => import('./commands/set.ts'),
  },
  {
    name: 'why',
    group: 'Programs',
    summary: 'what was decided about programs, and why',
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'attach',
    group: 'Programs',
    summary: 'watch a running program, type into it',
    load: () => import('./commands/attach.ts'),
  },
  {
    name: 'ui',
    group: 'Programs',
    summary: 'see all of them in the terminal, and act on them',
    load: () => import('./commands/ui.ts'),
  },
  {
    name: 'validate',
    group: 'Manifests',
    summary: 'check manifests, without podd',
    load: () => import('./commands/validate.ts'),
  },
  {
    name: 'config',
    group: 'Manifests',
    summary: 'print manifests with overlays merged and variables put in',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'explain',
    group: 'Manifests',
    summary: 'show what a manifest becomes, stage by stage',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'convert',
    group: 'Manifests',
    summary: 'turn a supervisord.conf or Procfile into a pod',
    load: () => import('./commands/convert.ts'),
  },
  {
    name: 'render',
    group: 'Manifests',
    summary: 'print podctl.dev/v1 as plain Kubernetes manifests',
    load: () => import('./commands/render.ts'),
  },
  {
    name: 'doctor',
    group: 'System',
    summary: 'check this machine and say what to do',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'system',
    group: 'System',
    summary: "podd's status, stop, and systemd unit",
    load: () => import('./commands/system.ts'),
  },
  {
    name: 'version',
    group: 'System',
    summary: 'versions of podctl and podd',
    load: () => import('./commands/version.ts'),
  },
  {
    name: 'completion',
    group: 'System',
    summary: 'shell completion for bash, zsh and fish',
    load: () => import('./commands/completion.ts'),
  },
];

/** By its name, or by what other tools call it. */
export const findCommand = (word: string | undefined): CommandEntry | undefined =>
  commands.find(({ name, aliases = [] }) => name === word || aliases.some((alias) => alias === word));

/** Loaded by the completion scripts; not shown. */
export const completeWord = '__complete';
