/** What becomes of Kubernetes' example documents here: which are not run and why, and of the others what they need and promise. */
import {
  cannotStart,
  endsWith,
  hasActive,
  isPending,
  jobFails,
  ranOnce,
  restarts,
  runs,
  succeeds,
  type Want,
  waits,
} from './wants.ts';

export interface DocumentPlan {
  /** documents that are applied with it */
  readonly with?: readonly string[];
  /** objects that Kubernetes' text has its reader make; `namespace` is the document's */
  readonly made?: readonly object[];
  /** default: `ready` */
  readonly wants?: Want;
  /** what `apply` warns of */
  readonly warns?: RegExp;
  /** what a container prints */
  readonly prints?: RegExp;
  /** what a command in the first container of the first pod shows */
  readonly shows?: readonly [script: string, text: RegExp];
  /** of this machine: files that it wants or writes anew, directories that are made for it (the inner ones first) */
  readonly files?: Readonly<Partial<Record<'wants' | 'writes' | 'makes', readonly string[]>>>;
}

const configMap = (name: string, data: object): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const secret = (name: string, stringData: object): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData,
});

const apiServer = 'its program speaks to an API server of Kubernetes';
const windows = 'it needs a Windows node';
const ownImage = 'its image is one that the reader builds';

/** Why documents are not run, of kinds that run and that Kubernetes accepts. */
export const notRun: Readonly<Record<string, string>> = {
  'admin/cloud/ccm-example#3': 'its program is the controller of a cloud',
  'admin/dns/dns-horizontal-autoscaler#3': apiServer,
  'admin/konnectivity/konnectivity-agent': apiServer,
  'admin/konnectivity/konnectivity-server': apiServer,
  'admin/sched/my-scheduler#5': apiServer,
  'debug/event-exporter#2': apiServer,
  'application/job/rabbitmq/job': ownImage,
  'application/job/redis/job': ownImage,
  'pods/private-reg-pod': ownImage,
  'controllers/job': 'Perl of Debian 12 itself dies of bpi(2000), in Math::BigInt::Calc',
  'debug/fluentd-gcp-ds': 'it writes to /var/log of this machine, in a place of no test',
  'pods/image-volumes': 'its volume is an image of a registry',
  'pods/init-containers': 'it fetches a page from the internet',
  'pods/storage/pv-duplicate': 'its claim is an NFS server’s directory with files in it',
  'windows/configmap-pod#1': windows,
  'windows/daemonset': windows,
  'windows/deploy-hyperv': windows,
  'windows/deploy-resource': windows,
  'windows/emptydir-pod': windows,
  'windows/hostpath-volume-pod': windows,
  'windows/run-as-username-container': windows,
  'windows/run-as-username-pod': windows,
  'windows/secret-pod#1': windows,
  'windows/simple-pod': windows,
};

const docker = { makes: ['/var/lib/docker/containers', '/var/lib/docker'] };
const python = { wants: ['/usr/bin/python3'] };
const special = ['configmap/configmaps'];
const multikeys = ['configmap/configmap-multikeys'];
const user = secret('backend-user', { 'backend-username': 'backend-admin' });
const colour = configMap('color', { color: 'red' });

/** Those that are not told of everything by their kind: they stand alone, and become ready. */
export const plans: Readonly<Record<string, DocumentPlan>> = {
  // pods of several containers
  'pods/multi-container/adapter': { prints: /adapted: .* raw event/ },
  'pods/multi-container/localhost': { prints: /Welcome to nginx/ },
  'pods/multi-container/shared-volume': {
    shows: ['cat /usr/share/nginx/html/index.html', /Hello from the init container/],
  },
  'pods/multi-container/startup-coordination': { prints: /greeting=hello/ },
  'pods/restart-policy/restart-all-containers#1': { wants: restarts('Error') },
  'pods/two-container-pod': { wants: runs, shows: ['cat /usr/share/nginx/html/index.html', /Hello from the debian/] },
  'pods/share-process-namespace': { shows: ['ps', /sleep 3600/] },
  'admin/logging/two-files-counter-pod': { shows: ['cat /var/log/1.log', /^0: /] },
  'admin/logging/two-files-counter-pod-streaming-sidecar': { prints: /INFO 0/ },
  'admin/logging/two-files-counter-pod-agent-sidecar': { with: ['admin/logging/fluentd-sidecar-config'] },
  'application/basic-daemonset': {
    files: { wants: ['/etc/machine-id'], writes: ['/var/log/machine-id.log'] },
  },

  // what is told to programs
  'pods/commands': {
    made: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'kubernetes' }, spec: { ports: [{ port: 443 }] } }],
    wants: succeeds,
    prints: /^command-demo\ntcp:\/\/.*:443$/m,
  },
  'pods/inject/envFrom': {
    made: [configMap('envfrom-configmap', { a: 'from-a-map' })],
    shows: ['env', /^a=from-a-map$/m],
  },
  'pods/inject/envars': { shows: ['env', /^DEMO_GREETING=Hello from the environment$/m] },
  'pods/inject/dependent-envars': {
    prints:
      /UNCHANGED_REFERENCE=\$\(PROTOCOL\):\/\/172.17.0.1:80\nSERVICE_ADDRESS=https:\/\/172.17.0.1:80\nESCAPED_REFERENCE=\$\(PROTOCOL\):\/\/172.17.0.1:80/,
  },
  'pods/inject/dapi-envars-container': { prints: /^1\n1\n33554432\n67108864$/m },
  'pods/inject/dapi-envars-pod': { prints: /dapi-envars-fieldref\n\S+\n\d+\.\d+\.\d+\.\d+/ },
  'pods/inject/dapi-volume': { prints: /zone="us-est-coast"[\s\S]*builder="john-doe"/ },
  'pods/inject/dapi-volume-resources': { prints: /250\n?\n?125\n?\n?64\n?\n?32/ },
  'pods/inject/envars-file-container': { wants: succeeds, prints: /^DB_ADDRESS='?address'?$/m },
  'pods/inject/pod-single-secret-env-variable': { made: [user], shows: ['env', /^SECRET_USERNAME=backend-admin$/m] },
  'pods/inject/pod-multiple-secret-env-variable': {
    made: [user, secret('db-user', { 'db-username': 'db-admin' })],
    shows: ['env', /^DB_USERNAME=db-admin$/m],
  },
  'pods/inject/pod-secret-envFrom': { with: ['pods/inject/secret'], shows: ['env', /^username=my-app$/m] },
  'pods/inject/secret-envars-pod': { with: ['pods/inject/secret'], shows: ['env', /^SECRET_USERNAME=my-app$/m] },
  'pods/inject/secret-pod': { with: ['pods/inject/secret'], shows: ['cat /etc/secret-volume/username', /^my-app$/m] },
  'configmap/env-configmap': {
    made: [configMap('myconfigmap', { username: 'k8s-admin' })],
    wants: restarts('Completed'),
    prints: /^username=k8s-admin$/m,
  },
  'configmap/configure-pod': {
    made: [
      configMap('game-demo', {
        ...{ player_initial_lives: '3', ui_properties_file_name: 'ui' },
        ...{ 'game.properties': 'enemy.types=aliens', 'user-interface.properties': 'color.good=purple' },
      }),
    ],
    shows: ['cat /config/game.properties', /enemy.types=aliens/],
  },
  'pods/pod-configmap-env-var-valueFrom': { with: multikeys, wants: succeeds, prints: /^very charm$/m },
  'pods/pod-configmap-envFrom': { with: multikeys, wants: succeeds, prints: /^SPECIAL_LEVEL=very$/m },
  'pods/pod-configmap-volume': { with: multikeys, wants: succeeds, prints: /^SPECIAL_LEVEL\nSPECIAL_TYPE$/m },
  'pods/pod-configmap-volume-specific-key': { with: multikeys, wants: succeeds, prints: /^very$/m },
  'pods/pod-single-configmap-env-variable': { with: special, wants: succeeds, prints: /^SPECIAL_LEVEL_KEY=very$/m },
  'pods/pod-multiple-configmap-env-variable': {
    with: ['configmap/configmaps', 'configmap/configmaps#1'],
    wants: succeeds,
    prints: /^LOG_LEVEL=INFO$/m,
  },
  'deployments/deployment-with-configmap-and-sidecar-container': {
    made: [colour],
    shows: ['wget -qO- http://127.0.0.1', /My preferred color is red/],
  },
  'deployments/deployment-with-configmap-two-containers': {
    made: [colour],
    shows: ['wget -qO- http://127.0.0.1', /My preferred color is red/],
  },
  'deployments/deployment-with-configmap-as-envvar': {
    made: [configMap('fruits', { fruits: 'apples' })],
    prints: /full of apples/,
  },
  'deployments/deployment-with-configmap-as-volume': {
    made: [configMap('sport', { sport: 'football' })],
    prints: /sport is football/,
  },
  'deployments/deployment-with-immutable-configmap-as-volume': {
    with: ['configmap/immutable-configmap'],
    prints: /name of the company is ACME/,
  },
  'service/networking/hostaliases-pod': {
    wants: succeeds,
    prints: /127\.0\.0\.1\s+foo\.local\s+bar\.local[\s\S]*10\.1\.2\.3\s+foo\.remote/,
  },
  'service/networking/custom-dns': {
    shows: [
      'cat /etc/resolv.conf',
      /nameserver 192\.0\.2\.1\nsearch ns1\.svc\.cluster-domain\.example my\.dns\.search\.suffix\noptions ndots:2 edns0/,
    ],
  },

  // volumes
  'pods/emptydir-volume-mode': { shows: ['stat -c %a /tmp', /^1777$/] },
  'secret/dotfile-secret#1': { with: ['secret/dotfile-secret'], wants: restarts('Completed') },
  'pods/storage/projected': {
    made: [secret('user', { user: 'admin' }), secret('pass', { pass: 'word' })],
    shows: ['cat /projected-volume/*', /adminword|wordadmin/],
  },
  'pods/storage/projected-secret-downwardapi-configmap': {
    made: [secret('mysecret', { username: 'me' }), configMap('myconfigmap', { config: 'conf' })],
    shows: ['cd /projected-volume; cat my-group/my-username my-group/my-config cpu_limit', /^meconf\d+$/],
  },
  'pods/storage/projected-secrets-nondefault-permission-mode': {
    made: [secret('mysecret', { username: 'me' }), secret('mysecret2', { password: 'word' })],
    shows: ['ls -lL /projected-volume/my-group', /-rwxrwxrwx.*my-password/],
  },
  'pods/storage/pv-pod': {
    with: ['pods/storage/pv-claim'],
    shows: ['echo hello > /usr/share/nginx/html/index.html; wget -qO- http://127.0.0.1', /hello/],
  },
  'storage/storageclass/pod-volume-binding': { with: ['pods/storage/pv-claim'] },
  'storage/rro': { shows: ['grep /mnt-ro /proc/mounts', /\/mnt-ro \S+ ro/] },
  'pods/config/redis-pod': {
    with: ['pods/config/example-redis-config'],
    shows: ['redis-cli CONFIG GET maxmemory', /2097152/],
  },

  'debug/node-problem-detector-configmap': {
    made: [configMap('node-problem-detector-config', { 'kernel-monitor.json': '{}' })],
  },

  'controllers/fluentd-daemonset': { files: docker },
  'controllers/fluentd-daemonset-update': { files: docker },

  // how it lives and ends
  'pods/lifecycle-events': { shows: ['cat /usr/share/message', /Hello from the postStart handler/] },
  'pods/probe/exec-liveness': { wants: restarts('Error') },
  'pods/probe/http-liveness': { wants: restarts('Error') },
  'debug/termination': { wants: endsWith('Sleep expired') },
  'debug/counter-pod': { prints: /^1: /m },
  'debug/counter-pod-err': { prints: /^0: err$/m },
  'pods/pod-with-scheduling-gates': { wants: isPending },

  // limits
  'pods/resource/memory-request-limit-2': { wants: restarts('OOMKilled') },
  'pods/resource/memory-request-limit-3': { warns: /requests 1000Gi of memory, and this machine has/ },
  'pods/resource/extended-resource-pod': { warns: /requests\[example\.com\/dongle\]: not honoured/ },
  'pods/resource/memory-request-limit': { prints: /full 150/ },

  // security
  'pods/security/security-context': {
    shows: ['id; stat -c %g /data/demo', /uid=1000 gid=3000 groups=(?=.*2000)(?=.*4000).*\n2000/],
  },
  'pods/security/security-context-2': { shows: ['id', /uid=2000/] },
  'pods/security/security-context-4': { shows: ['grep CapPrm /proc/1/status', /CapPrm/] },
  'pods/security/security-context-5': { shows: ['id', /uid=1000 gid=3000 groups=.*4000/] },
  'pods/security/security-context-6': {
    shows: ['id', /uid=1000 gid=3000 groups=3000,4000$|uid=1000 gid=3000 groups=4000$/m],
  },
  'pods/security/seccomp/alpha/audit-pod': { warns: /seccomp\S+ non-functional in v1\.27\+/ },
  'pods/security/seccomp/ga/violation-pod': { wants: cannotStart },

  'pods/user-namespaces-stateless': { shows: ['cat /proc/self/uid_map', /^ *0 +[1-9]\d* +65536$/m] },

  // workloads
  'application/mysql/mysql-deployment#1': {
    with: ['application/mysql/mysql-deployment', 'application/mysql/mysql-pv#1'],
  },
  'application/mysql/mysql-statefulset': {
    with: [
      'application/mysql/mysql-configmap',
      'application/mysql/mysql-services',
      'application/mysql/mysql-services#1',
    ],
    shows: ['ls /etc/mysql/conf.d', /primary.cnf\nserver-id.cnf/],
  },
  'application/wordpress/mysql-deployment#2': {
    with: ['application/wordpress/mysql-deployment', 'application/wordpress/mysql-deployment#1'],
    made: [secret('mysql-pass', { password: 'secret' })],
  },
  'application/wordpress/wordpress-deployment#2': {
    with: ['application/wordpress/wordpress-deployment', 'application/wordpress/wordpress-deployment#1'],
    made: [secret('mysql-pass', { password: 'secret' })],
  },
  'application/cassandra/cassandra-statefulset': { with: ['application/cassandra/cassandra-service'] },
  'application/zookeeper/zookeeper#3': {
    with: ['application/zookeeper/zookeeper', 'application/zookeeper/zookeeper#1'],
  },
  'application/job/rabbitmq/rabbitmq-statefulset': { with: ['application/job/rabbitmq/rabbitmq-service'] },
  'application/web/web#1': { with: ['application/web/web'] },
  'application/web/web-parallel#1': { with: ['application/web/web-parallel'] },
  'application/php-apache': { with: ['application/php-apache#1'] },
  'application/guestbook/frontend-deployment': { with: ['application/guestbook/frontend-service'] },
  'application/guestbook/redis-leader-deployment': { with: ['application/guestbook/redis-leader-service'] },
  'application/guestbook/redis-follower-deployment': { with: ['application/guestbook/redis-follower-service'] },
  'service/access/backend-deployment#1': {
    with: ['service/access/backend-service#1'],
    shows: ['wget -qO- http://hello', /Hello, world/],
  },
  'service/access/frontend-deployment#1': { with: ['service/access/frontend-service#1'] },
  'service/networking/run-my-nginx': {
    with: ['service/networking/nginx-svc'],
    shows: ['wget -qO- http://my-nginx', /Welcome to nginx/],
  },
  'service/networking/curlpod': {
    made: [secret('nginxsecret', { 'tls.crt': 'c' })],
    shows: ['cat /etc/nginx/ssl/tls.crt', /^c$/],
  },
  'service/networking/nginx-secure-app#1': {
    with: ['service/networking/nginx-secure-app'],
    made: [secret('nginxsecret', { 'tls.crt': 'c' }), configMap('nginxconfigmap', { 'default.conf': '' })],
  },

  // jobs
  'controllers/job-success-policy': { files: python },
  'application/job/cronjob': { wants: ranOnce, prints: /Hello from the Kubernetes cluster/ },
  'application/job/indexed-job': { prints: /^(xuq|rab|oof|zab|zyx)$/m },
  'application/job/indexed-job-vol': { prints: /^4$/m },
  'controllers/job-backoff-limit-per-index-example': { wants: jobFails('FailedIndexes'), files: python },
  'controllers/job-backoff-limit-per-index-failindex': { wants: jobFails('FailedIndexes'), files: python },
  'controllers/job-pod-failure-policy-config-issue': { wants: waits('ErrImageNeverPull') },
  'controllers/job-pod-failure-policy-example': { wants: jobFails('PodFailurePolicy') },
  'controllers/job-pod-failure-policy-failjob': { wants: jobFails('PodFailurePolicy') },
  'controllers/job-pod-failure-policy-ignore': { wants: hasActive(2) },
};

/** Some of everything: what is run without PODCTL_TEST_CORPUS=all. */
export const sample: readonly string[] = [
  'pods/multi-container/shared-volume',
  'pods/multi-container/startup-coordination',
  'pods/commands',
  'pods/inject/dapi-envars-pod',
  'pods/inject/dapi-volume-resources',
  'pods/inject/secret-pod',
  'pods/storage/projected-secret-downwardapi-configmap',
  'pods/storage/pv-pod',
  'pods/lifecycle-events',
  'pods/probe/grpc-liveness',
  'pods/share-process-namespace',
  'pods/resource/memory-request-limit-2',
  'pods/security/security-context',
  'pods/security/seccomp/ga/violation-pod',
  'service/networking/hostaliases-pod',
  'application/deployment',
  'deployments/deployment-with-configmap-and-sidecar-container',
  'application/web/web#1',
  'controllers/daemonset-label-selector',
  'controllers/frontend',
  'application/job/indexed-job',
  'application/job/job-sidecar',
  'controllers/job-pod-failure-policy-example',
];
