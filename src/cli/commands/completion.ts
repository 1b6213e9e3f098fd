import { defineCommand } from '../command.ts';
import { completionScript, shells } from '../completion-scripts.ts';
import { formatDidYouMean } from '../did-you-mean.ts';
import { rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

export const command = defineCommand({
  usage: ['completion bash|zsh|fish'],
  about: 'Print a script that lets the shell complete commands, flags, and the names of pods.',
  flags: {},
  complete: shells,
  examples: [
    { text: 'bash, in ~/.bashrc', line: 'source <(podctl completion bash)' },
    { text: 'zsh, in ~/.zshrc behind compinit', line: 'source <(podctl completion zsh)' },
    { text: 'fish', line: 'podctl completion fish > ~/.config/fish/completions/podctl.fish' },
  ],
  run: async ({ args: [shell, ...more], io }) => {
    rejectArgs(more);
    const known = shells.find((candidate) => candidate === shell);
    if (known === undefined) {
      const problem =
        shell === undefined ? 'which shell?' : `unknown shell "${shell}"${formatDidYouMean(shell, shells)}`;
      throw new UsageError(problem, `podctl completion ${shells.join('|')}`);
    }
    io.out(completionScript(known));
    return 0;
  },
});
