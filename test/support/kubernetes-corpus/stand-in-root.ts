/** A root directory in the place of small images: busybox, bash and nginx of this machine, and a few programs that stand for larger ones. */
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execaSync } from 'execa';
import { makePayloadRoot } from '../payload.ts';

/** Makes the root in `dir`, which does not exist yet; the programs of `tools` come with the libraries that they need. */
export function makeStandInRoot(dir: string): string {
  makePayloadRoot(dir);
  for (const path of ['tmp', 'run', 'var/log/nginx', 'var/lib/nginx', 'var/lib/mysql', 'usr/share/nginx/html', 'srv'])
    mkdirSync(join(dir, path), { recursive: true });
  chmodSync(join(dir, 'tmp'), 0o1777);
  copyProgram(busyboxPath(), join(dir, 'bin/busybox'));
  for (const applet of execaSync('busybox', ['--list'], { stdin: 'ignore' }).stdout.split('\n'))
    if (applet !== 'busybox') symlinkSync('busybox', join(dir, 'bin', applet));
  for (const tool of ['/bin/bash', '/usr/sbin/nginx']) copyWithLibraries(tool, dir);
  for (const [path, text] of Object.entries(files)) write(join(dir, path), text, 0o644);
  for (const [name, script] of Object.entries(programs)) write(join(dir, 'usr/local/bin', name), script, 0o755);
  write(join(dir, 'ready-probe.sh'), '#!/bin/sh\nexec nc -w 1 127.0.0.1 9042 </dev/null >/dev/null\n', 0o755);
  return dir;
}

const busyboxPath = (): string => execaSync('sh', ['-c', 'command -v busybox']).stdout;

function copyWithLibraries(path: string, dir: string): void {
  const libraries = execaSync('ldd', [path]).stdout.match(/(?<=\s)\/\S+(?= \()/g) ?? [];
  for (const file of [path, ...libraries]) copyProgram(file, join(dir, file));
}

function copyProgram(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

function write(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

const nginxConf = `user nginx;
worker_processes 1;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events { worker_connections 64; }
http {
  access_log /dev/stdout;
  server { listen 80; location / { root /usr/share/nginx/html; index index.html; } }
}
`;

const files: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnginx:x:101:101:nginx:/nonexistent:/bin/false\n',
  'etc/group': 'root:x:0:\nnginx:x:101:\n',
  'etc/nginx/nginx.conf': nginxConf,
  'usr/share/nginx/html/index.html': 'Welcome to nginx!\n',
  'srv/hello/index.html': 'Hello, world!\n',
};

/** In /usr/local/bin. Servers of storage products only listen where these would, and say so to their own tools. */
const programs: Readonly<Record<string, string>> = {
  // Debian's busybox is without it.
  printenv: `#!/bin/sh
[ $# = 0 ] && exec env
code=0
for name; do env | grep -q "^$name=" && env | sed -n "s/^$name=//p" || code=1; done
exit $code
`,
  // of the Debian package stress, as far as documents use it
  stress: `#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --vm-bytes ] && exec /payload eat "\${2%M}"; shift; done
`,
  'vish-stress': `#!/bin/sh
[ "$1" = -cpus ] && exec /payload burn "$2"
exec sleep infinity
`,
  'http-echo': `#!/bin/sh
mkdir -p /tmp/www
echo "\${1#-text=}" > /tmp/www/index.html
exec httpd -f -p 5678 -h /tmp/www
`,
  // It answers every call with SERVING: settings, headers (":status: 200", grpc), a message, trailers ("grpc-status: 0").
  etcd: `#!/bin/sh
exec nc -ll -p 2379 -e /usr/local/bin/etcd-answer
`,
  'etcd-answer': `#!/bin/sh
printf '\\000\\000\\000\\004\\000\\000\\000\\000\\000'
head -c 120 >/dev/null
printf '\\000\\000\\000\\004\\001\\000\\000\\000\\000'
printf '\\000\\000\\036\\001\\004\\000\\000\\000\\001\\210\\000\\014content-type\\016application/grpc' | head -c 39
printf '\\000\\000\\007\\000\\000\\000\\000\\000\\001\\000\\000\\000\\000\\002\\010\\001'
printf '\\000\\000\\017\\001\\005\\000\\000\\000\\001\\000\\013grpc-status\\0010'
exec cat >/dev/null
`,
  // As the image: without a word about root's password it does not start.
  mysqld: `#!/bin/sh
[ -n "$MYSQL_ROOT_PASSWORD$MYSQL_ALLOW_EMPTY_PASSWORD" ] || { echo 'database is uninitialized and password option is not specified' >&2; exit 1; }
exec /payload echo 3306
`,
  mysqladmin: '#!/bin/sh\nexec nc -w 1 127.0.0.1 3306 </dev/null >/dev/null\n',
  mysql: '#!/bin/sh\nexec nc -w 1 127.0.0.1 3306 </dev/null >/dev/null\n',
  ncat: `#!/bin/bash
if [ "$1" = --recv-only ]; then exec nc "$2" "$3"; fi
exec nc -ll -p 3307 -e /usr/local/bin/xtrabackup
`,
  xtrabackup: '#!/bin/sh\n[ "$1" = --prepare ] || echo "a backup of $(hostname)"\n',
  xbstream: '#!/bin/sh\nmkdir -p "$3/mysql" && cat > "$3/mysql/clone" && [ -s "$3/mysql/clone" ]\n',
  'start-zookeeper': '#!/bin/sh\nmkdir -p /var/lib/zookeeper/data && exec /payload echo 2181\n',
  'zookeeper-ready': '#!/bin/sh\nexec nc -w 1 127.0.0.1 "$1" </dev/null >/dev/null\n',
  nodetool: '#!/bin/sh\nexit 0\n',
};
