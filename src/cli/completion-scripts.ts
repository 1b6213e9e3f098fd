/** Shell sides of completion: each only asks `podctl __complete WORD…` (complete.ts) and shows what it prints. */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** Said by `__complete` where a file name belongs. */
export const filesWanted = ':files';

export function completionScript(shell: Shell): string {
  return scripts[shell];
}

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# podctl completion for bash: source <(podctl completion bash)
_podctl() {
  local current line word joined=0 kept=
  local -a candidates=() words=()
  COMPREPLY=()
  # bash cuts words at the colon of web/app/worker:1; podctl wants them whole.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ \${#words[@]} -gt 0 && ( $joined -eq 1 || $word == : ) ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    [[ $word == : ]] && joined=1 || joined=0
  done
  current=\${words[\${#words[@]}-1]-}
  [[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && kept=\${current%"\${current##*:}"}
  while IFS= read -r line; do
    candidates+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete "\${words[@]}" 2>/dev/null)
  if [[ \${candidates[0]-} == '${filesWanted}' ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
    return
  fi
  for line in "\${candidates[@]}"; do
    [[ $line == "$current"* ]] && COMPREPLY+=("\${line#"$kept"}")
  done
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[/=] ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _podctl podctl
`,
  zsh: `#compdef podctl
# podctl completion for zsh: source <(podctl completion zsh)
_podctl() {
  local -a lines described
  local line value
  lines=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ \${lines[1]} == '${filesWanted}' ]]; then
    _files
    return
  fi
  for line in $lines; do
    value="\${line%%$'\\t'*}"
    if [[ $line == *$'\\t'* ]]; then
      described+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
    elif [[ -n $value ]]; then
      described+=("\${value//:/\\\\:}")
    fi
  done
  _describe -t podctl podctl described
}
if [[ \${funcstack[1]} == _podctl ]]; then
  _podctl "$@"
else
  compdef _podctl podctl
fi
`,
  fish: `# podctl completion for fish: podctl completion fish > ~/.config/fish/completions/podctl.fish
function __podctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l candidates ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    if test "$candidates[1]" = '${filesWanted}'
        __fish_complete_path "$current"
        return
    end
    for candidate in $candidates
        echo $candidate
    end
end
complete -c podctl -f -a '(__podctl_complete)'
`,
};
