/** Contents of the files in /etc that `image: host` needs. No line can be smuggled in. Pure. */
import type { RootOp } from '../model/launch-plan.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { namedGroups, namedUsers } from './host-accounts.ts';
import type { HostFacts } from './launch-context.ts';

const nobody = 65_534;

/** The rest of a minimal /etc: users and groups of the programs (the machine’s where they are named), name services, links that carry no data. */
export function planMinimalEtc(container: ContainerSpec, host: HostFacts): RootOp[] {
  return [
    file('/etc/passwd', passwdFile(container, host)),
    file('/etc/group', groupFile(container, host)),
    file('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n'),
    { op: 'symlink', path: '/etc/mtab', target: '../proc/self/mounts' },
    ...(host.localtime === undefined ? [] : [link('/etc/localtime', host.localtime)]),
    ...(host.osRelease === undefined ? [] : [link('/etc/os-release', host.osRelease)]),
  ];
}

function passwdFile({ programs }: ContainerSpec, { passwd }: HostFacts): string {
  const byId = programs.filter(({ userName, uid }) => userName === undefined && uid !== 0 && uid !== nobody);
  const unique = [...new Map(byId.map((program) => [program.uid, program])).values()];
  return [
    'root:x:0:0:root:/root:/bin/sh',
    ...namedUsers(programs, passwd).map(({ name, uid, gid, home }) => `${name}:x:${uid}:${gid}::${home}:/bin/sh`),
    ...unique.map(({ uid, gid }) => `user${uid}:x:${uid}:${gid}::/:/bin/sh`),
    `nobody:x:${nobody}:${nobody}:nobody:/:/usr/sbin/nologin`,
    '',
  ].join('\n');
}

/** `tty` is the group that devpts gives terminals to. */
function groupFile({ programs }: ContainerSpec, host: HostFacts): string {
  const named = namedGroups(programs, host);
  const taken = new Set([0, 5, nobody, ...named.map(({ gid }) => gid)]);
  const byId = programs.flatMap(({ gid, supplementaryGroups = [] }) => [gid, ...supplementaryGroups]);
  const unique = [...new Set(byId)].filter((gid) => !taken.has(gid));
  return [
    'root:x:0:',
    'tty:x:5:',
    ...named.map(({ name, gid, members }) => `${name}:x:${gid}:${members.join(',')}`),
    ...unique.map((gid) => `group${gid}:x:${gid}:`),
    `nogroup:x:${nobody}:`,
    '',
  ].join('\n');
}

const file = (path: string, content: string): RootOp => ({ op: 'file', path, mode: 0o644, content });
const link = (path: string, target: string): RootOp => ({ op: 'symlink', path, target });
