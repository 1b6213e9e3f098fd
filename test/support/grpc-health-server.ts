/** A small gRPC health server (grpc.health.v1.Health/Check) over cleartext HTTP/2, as a grpc library would serve it. */
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** By service: HealthCheckResponse.ServingStatus (1 SERVING, 2 NOT_SERVING); unknown services are NOT_FOUND, gRPC code 5. */
export class GrpcHealthServer {
  readonly statuses = new Map<string, number>();
  readonly #server: Http2Server = createServer();

  constructor() {
    this.#server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('error', () => {});
      stream.on('data', (bytes: Buffer) => chunks.push(bytes));
      stream.on('end', () => {
        const head = { ':status': 200, 'content-type': 'application/grpc' };
        const end = (code: number, message = ''): void => {
          stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': code, 'grpc-message': message }));
        };
        const status = this.statuses.get(serviceOf(Buffer.concat(chunks)));
        stream.respond(head, { waitForTrailers: true });
        if (headers[':path'] !== '/grpc.health.v1.Health/Check') end(12, 'unknown service');
        else if (status === undefined) end(5, 'unknown%20service');
        else {
          end(0);
          stream.write(Buffer.from([0, 0, 0, 0, 2, 8, status]));
        }
        stream.end();
      });
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  close(): void {
    this.#server.close();
  }
}

/** HealthCheckRequest {1: service}, one gRPC message; services here are shorter than 16384 bytes. */
function serviceOf(message: Buffer): string {
  const lengthBytes = (message[6] ?? 0) < 0x80 ? 1 : 2;
  return message.toString('utf8', 6 + lengthBytes);
}
