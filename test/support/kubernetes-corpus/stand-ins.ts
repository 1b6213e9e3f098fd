/** What runs in the place of the images that Kubernetes' examples name (PODCTL_TEST_IMAGE_MAP): one line for each, saying what it stands for. */
import type { ImageMap, ImageStandIn } from '../../../src/model/image-map.ts';

/** `root`: the directory of stand-in-root.ts. Images that are not here are not there: their containers wait. */
export function standIns(root: string): ImageMap {
  const small = (...command: string[]): ImageStandIn => ({ rootfs: root, ...(command.length > 0 && { command }) });
  const shell: ImageStandIn = { rootfs: root, command: ['sh'] };
  // with an entrypoint that runs what it is given, and nginx when it is given nothing
  const nginx: ImageStandIn = {
    rootfs: root,
    command: ['/bin/sh', '-c', 'exec "$0" "$@"'],
    args: ['nginx', '-g', 'daemon off;'],
  };
  const hello = small('httpd', '-f', '-p', '8080', '-h', '/srv/hello');
  const page = small('httpd', '-f', '-p', '80', '-h', '/srv/hello');
  const pause = small('sleep', 'infinity');
  const listening = (port: number): ImageStandIn => small('/payload', 'echo', String(port));
  return {
    // busybox itself, and what is made of it; `args` take the place of the shell there
    ...named(['busybox', 'registry.k8s.io/busybox', 'docker.io/library/busybox', 'alpine', 'radial/busyboxplus'], {
      ...shell,
      command: ['/bin/sh', '-c', 'exec "$0" "$@"'],
      args: ['sh'],
    }),
    // Debian's nginx, with a configuration as the image has it
    ...named(['nginx', 'registry.k8s.io/nginx-slim', 'gcr.io/google-samples/hello-frontend'], nginx),
    'bprashanth/nginxhttps': nginx,
    // programs of this machine
    ...named(['debian', 'docker.io/library/debian', 'ubuntu', 'fedora', 'docker.io/library/bash'], {
      command: ['bash'],
    }),
    ...named(['python', 'docker.io/library/python'], { command: ['python3'] }),
    perl: { command: ['perl'] },
    ...named(['redis', 'docker.io/redis', 'us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower'], {
      command: ['redis-server'],
      args: ['--save', '', '--protected-mode', 'no'],
    }),
    // pages of a demonstration
    ...named(['gcr.io/google-samples/hello-app', 'us-docker.pkg.dev/google-samples/containers/gke/hello-app'], hello),
    'gcr.io/google-samples/node-hello': hello,
    ...named(
      ['gcr.io/google-samples/hello-go-gke', 'us-docker.pkg.dev/google-samples/containers/gke/gb-frontend'],
      page,
    ),
    'registry.k8s.io/hpa-example': page,
    wordpress: page,
    'hashicorp/http-echo': small('http-echo'),
    'registry.k8s.io/serve_hostname': small('/payload', 'echo', '9376'),
    // healthy for ten seconds, then not, as its text says
    'registry.k8s.io/e2e-test-images/agnhost:2.40': { command: ['node', '-e', liveness] },
    // the others only wait, with the tools of a shell
    'registry.k8s.io/e2e-test-images/agnhost': small('sleep', 'infinity'),
    'registry.k8s.io/pause': pause,
    'example-image': pause,
    ...named(['quay.io/fluentd_elasticsearch/fluentd', 'registry.k8s.io/fluentd-gcp'], pause),
    'registry.k8s.io/node-problem-detector': pause,
    // load
    'polinux/stress': small('stress'),
    'vish/stress': small('vish-stress'),
    // servers of which only the port is there
    'registry.k8s.io/goproxy': listening(8080),
    mongo: small('/bin/sh', '-c', 'exec /payload echo 27017'),
    rabbitmq: listening(5672),
    'gcr.io/google-samples/cassandra': listening(9042),
    mysql: small('mysqld'),
    'gcr.io/google-samples/xtrabackup': small(),
    'registry.k8s.io/kubernetes-zookeeper': small(),
    'registry.k8s.io/etcd': small(),
  };
}

const named = (names: readonly string[], standIn: ImageStandIn): ImageMap =>
  Object.fromEntries(names.map((name) => [name, standIn]));

const liveness = `const began = Date.now();
require('node:http').createServer((_, reply) => {
  const seconds = (Date.now() - began) / 1000;
  reply.writeHead(seconds < 10 ? 200 : 500).end(String(seconds));
}).listen(8080);`;
