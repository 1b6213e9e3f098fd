/** The messages of grpc.health.v1.Health/Check, by hand: one string out, one enum in. Pure. */

export const checkPath = '/grpc.health.v1.Health/Check';

/** HealthCheckResponse.ServingStatus, by number. */
const servingStatuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
const statusField = 1;

/** The request as one gRPC message: a flag, a length, HealthCheckRequest {1: service}. */
export function encodeCheck(service: string): Buffer {
  const name = Buffer.from(service);
  const field = name.length === 0 ? [] : [Buffer.from([0x0a, ...varint(name.length)]), name];
  const message = Buffer.concat(field);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** How the call ended: grpc-status and grpc-message, and what had come as its body. */
export interface CheckAnswer {
  /** undefined: the other side does not speak gRPC */
  readonly code: number | undefined;
  readonly detail: string;
  readonly body: Buffer;
}

/** In the kubelet's words (pkg/probe/grpc). */
export function judgeCheck({ code, detail, body }: CheckAnswer): { readonly ok: boolean; readonly message: string } {
  if (code === undefined) return { ok: false, message: `error: health rpc probe failed: ${detail}` };
  if (code === unimplemented)
    return {
      ok: false,
      message: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health)${detail === '' ? '' : `: ${detail}`}`,
    };
  if (code !== 0) {
    const name = codeNames[code] ?? String(code);
    const desc = detail === '' ? '' : ` desc = ${detail}`;
    return { ok: false, message: `error: health rpc probe failed: rpc error: code = ${name}${desc}` };
  }
  const status = readStatus(body);
  const word = servingStatuses[status] ?? String(status);
  return word === 'SERVING'
    ? { ok: true, message: 'service healthy' }
    : { ok: false, message: `service unhealthy (responded with "${word}")` };
}

const unimplemented = 12;
/** google.golang.org/grpc/codes */
const codeNames: readonly string[] =
  'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated'.split(
    ' ',
  );

/** HealthCheckResponse {1: status}, after the five bytes of its head; absent fields are 0. */
function readStatus(body: Buffer): number {
  let status = 0;
  let at = 5;
  while (at < body.length) {
    const tag = readVarint(body, at);
    const value = readVarint(body, tag.next);
    if (tag.value >> 3 === statusField && (tag.value & 7) === 0) status = value.value;
    at = (tag.value & 7) === 2 ? value.next + value.value : value.next;
  }
  return status;
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** The low 31 bits: no number here needs more. */
function readVarint(bytes: Buffer, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = start, shift = 0; at < bytes.length; at++, shift += 7) {
    const byte = bytes[at] ?? 0;
    if (shift < 28) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return { value, next: bytes.length };
}
