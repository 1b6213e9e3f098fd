/** securityContext of pods and containers. */
import { fields, flag, int64, list, text } from './schema-kinds.ts';

const idLimits = { minimum: 0, maximum: 2147483647 };
const seLinuxOptions = fields({ user: text, role: text, type: text, level: text });
const profile = fields({ type: text, localhostProfile: text });
const windowsOptions = fields({
  gmsaCredentialSpec: text,
  gmsaCredentialSpecName: text,
  hostProcess: flag,
  runAsUserName: text,
});

const shared = {
  runAsUser: int64.meta({ description: 'User id the programs run as; default 0', ...idLimits }),
  runAsGroup: int64.meta({ description: 'Primary group id the programs run with; default 0', ...idLimits }),
  runAsNonRoot: flag.meta({ description: 'Refuse to run as user id 0' }),
  seLinuxOptions,
  seccompProfile: profile,
  appArmorProfile: profile,
  windowsOptions,
};

/** spec.securityContext: defaults for all containers of the pod. */
export const podSecurityContext = fields({
  ...shared,
  supplementalGroups: list(int64).meta({ description: 'More group ids for the programs of every container' }),
  supplementalGroupsPolicy: text,
  fsGroup: int64,
  fsGroupChangePolicy: text,
  seLinuxChangePolicy: text,
  sysctls: list(fields({ name: text, value: text })),
});

const capabilityList = list(text).meta({ description: 'Linux capabilities without the CAP_ prefix, or ALL' });

/** containers[].securityContext. */
export const containerSecurityContext = fields({
  ...shared,
  capabilities: fields({ add: capabilityList, drop: capabilityList }),
  privileged: flag.meta({ description: 'All capabilities; such a container can take over the machine' }),
  allowPrivilegeEscalation: flag.meta({ description: 'false sets no_new_privs: setuid programs gain nothing' }),
  readOnlyRootFilesystem: flag.meta({ description: 'Mount the root read-only' }),
  procMount: text,
}).meta({ id: 'SecurityContext' });
