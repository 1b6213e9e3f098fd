/** Where a container leaves its last words (Kubernetes' terminationMessagePath). Pure. */
import type { LaunchPlan, RootOp } from '../model/launch-plan.ts';
import { defaultTerminationMessage, type TerminationMessageSpec } from '../model/lifecycle-spec.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';

/** The file, before volumes are mounted: on the tmpfs that is the container's /dev, so that it is bounded and the container's memory. */
export function planTerminationFile({ security }: ContainerSpec): readonly RootOp[] {
  if (security.privileged) return []; // its /dev is the machine's
  return [{ op: 'file', path: defaultTerminationMessage.path, mode: 0o666, content: '' }];
}

/** Where else the manifest wants it, when volumes are there. */
export function planTerminationPath(container: ContainerSpec): readonly RootOp[] {
  const { path } = terminationMessageOf(container);
  if (container.security.privileged || path === defaultTerminationMessage.path) return [];
  return [{ op: 'bindFile', from: defaultTerminationMessage.path, path }];
}

/** What PID 1 makes of it. */
export const planTerminationMessage = (container: ContainerSpec): Pick<LaunchPlan, 'terminationMessage'> => ({
  terminationMessage: terminationMessageOf(container),
});

const terminationMessageOf = ({
  terminationMessage = defaultTerminationMessage,
}: ContainerSpec): TerminationMessageSpec => terminationMessage;
