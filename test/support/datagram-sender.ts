/** Sends datagrams to unix sockets, with descriptors too: what sd_notify(3) does, and what Node cannot. */
// biome-ignore lint/style/noRestrictedImports: no code of ours sends descriptors with sendmsg(2)
import koffi from 'koffi';

const libc = koffi.load(null);
koffi.struct('test_iovec', { base: 'void *', length: 'size_t' });
koffi.struct('test_msghdr', {
  name: 'void *',
  nameLength: 'uint32_t',
  vector: 'test_iovec *',
  vectorLength: 'size_t',
  control: 'void *',
  controlLength: 'size_t',
  flags: 'int',
});
const cSocket = libc.func('int socket(int domain, int type, int protocol)');
const cSendmsg = libc.func('long sendmsg(int fd, test_msghdr *message, int flags)');
const cClose = libc.func('int close(int fd)');

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** Throws when the socket at the path does not take it; `passed`: a descriptor to send along, unix(7). */
export function sendDatagram(path: string, message: string | Buffer, passed?: number): void {
  const data = Buffer.from(message as string);
  const name = Buffer.alloc(2 + Buffer.byteLength(path) + 1);
  name.writeUInt16LE(AF_UNIX, 0);
  name.write(path, 2);
  const control = passed === undefined ? null : rightsOf(passed);
  const fd = Number(cSocket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0));
  const header = {
    ...{ name, nameLength: name.length, control, controlLength: control?.length ?? 0, flags: 0 },
    ...{ vector: [{ base: data, length: data.length }], vectorLength: 1 },
  };
  const sent = Number(cSendmsg(fd, header, 0));
  const errno = koffi.errno();
  cClose(fd);
  if (sent !== data.length) throw new Error(`sendmsg to ${path}: errno ${errno}`);
}

/** struct cmsghdr and one int, cmsg(3) on 64 bits */
function rightsOf(fd: number): Buffer {
  const control = Buffer.alloc(24);
  control.writeBigUInt64LE(20n, 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  control.writeInt32LE(fd, 16);
  return control;
}
