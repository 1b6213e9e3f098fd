/** `dev.watch` rules of podctl.dev/v1 after normalisation: what `podctl dev` does when files change. No part of PodSpec: podd never sees them. */

/** As docker compose watch has them, and reload, signal and exec. `sync+…`: first the files, then the other. */
export const devActions = [
  'restart',
  'reload',
  'signal',
  'exec',
  'sync',
  'rebuild',
  'sync+restart',
  'sync+exec',
] as const;
export type DevAction = (typeof devActions)[number];

export interface DevRule {
  /** unique in a session: `namespace/pod/container[/program]#n` */
  readonly id: string;
  readonly namespace: string;
  /** of a template's rule `deployment/web`, until it is that of one of the pods */
  readonly pod: string;
  readonly container: string;
  /** of a template's rule: what makes the pods, `Deployment/default/web` */
  readonly maker?: string;
  /** absent: the rule is the container's */
  readonly program?: string;
  /** absolute host paths of files and directories; a directory with all that is in it; they need not exist yet */
  readonly paths: readonly string[];
  /** gitignore patterns relative to the watched path; empty: everything */
  readonly include: readonly string[];
  /** gitignore patterns on top of the defaults (.git, node_modules, editors' temporary files, .gitignore) */
  readonly exclude: readonly string[];
  readonly action: DevAction;
  /** quiet time in ms before it acts */
  readonly debounceMs: number;
  /** of action signal: signal number, signal(7) */
  readonly signal?: number;
  /** of exec: in the container; of rebuild: on this machine, in the manifest's directory. A text means `sh -c`. */
  readonly command?: readonly string[];
  /** of rebuild: absolute directory the command runs in */
  readonly directory: string;
  /** of sync: absolute path in the container that a watched directory's content, or a watched file, goes to */
  readonly target?: string;
  /** after exec: programs of the container that restart; absent: the rule's own program, or all of the container */
  readonly restart?: readonly string[];
  /** dependants restart too */
  readonly cascade: boolean;
}

/** Net effect of a burst on one path. */
export interface FileChange {
  /** absolute host path */
  readonly path: string;
  readonly kind: 'added' | 'changed' | 'removed';
}
