/**
 * A daemon of the starter set, and a client that speaks to it in the same container. All are shell commands. The folder
 * `daemon-files` is `/files` in the container.
 */
export interface Daemon {
  readonly name: string;
  /** The package that has it, if its name differs. */
  readonly package?: string;
  /** The command line for root. Daemons without it refuse to run as root. */
  readonly root?: string;
  /** The daemon's own user, or `nobody` for daemons that Debian gives no user. */
  readonly user: string;
  /** The command line for that user, if it differs. */
  readonly asUser?: string;
  /** The client fails until the daemon is ready. */
  readonly client: string;
  readonly answer: string;
}

const GET = "curl --silent --show-error --fail --noproxy '*'";

/** For daemons whose packages have no client. Fails until the port is open. */
function speak(port: number, text: string, bytes: number): string {
  return `exec 3<>/dev/tcp/127.0.0.1/${port} && printf '${text}' >&3 && timeout 2 head -c ${bytes} <&3 | tr '\\0' ' '`;
}

export const DAEMONS: readonly Daemon[] = [
  {
    name: "apachehttpd",
    root: "apachectl -D FOREGROUND",
    user: "www-data",
    asUser:
      "env APACHE_RUN_USER=www-data APACHE_RUN_GROUP=www-data APACHE_PID_FILE=/tmp/pid APACHE_RUN_DIR=/tmp " +
      "APACHE_LOCK_DIR=/tmp APACHE_LOG_DIR=/tmp apache2 -D FOREGROUND",
    client: `${GET} http://127.0.0.1/page.html`,
    answer: "the page",
  },
  {
    name: "bind",
    root: "named -g -u bind",
    user: "bind",
    asUser: "named -g",
    client: "dig +time=1 +short @127.0.0.1 -x 127.0.0.1",
    answer: "localhost.",
  },
  {
    name: "caddy",
    root: "caddy run --config /etc/caddy/Caddyfile",
    user: "caddy",
    client: `${GET} http://127.0.0.1/`,
    answer: "Caddy",
  },
  {
    name: "dnsmasq",
    root: "dnsmasq --keep-in-foreground --address=/example.test/192.0.2.7",
    user: "dnsmasq",
    client: "dig +time=1 +short @127.0.0.1 example.test",
    answer: "192.0.2.7",
  },
  {
    name: "epmd",
    package: "rabbitmq-server",
    root: "epmd",
    user: "epmd",
    client: "epmd -names",
    answer: "up and running",
  },
  {
    name: "etcd",
    root: "etcd --data-dir /var/lib/etcd/default",
    user: "etcd",
    client: "etcdctl put key value && etcdctl get key",
    answer: "value",
  },
  {
    name: "haproxy",
    root: "haproxy -db -f /etc/haproxy/haproxy.cfg -f /files/haproxy.cfg",
    user: "haproxy",
    asUser: "haproxy -db -f /files/haproxy.cfg",
    client: `${GET} http://127.0.0.1:8080/`,
    answer: "haproxy answers",
  },
  {
    name: "iperf3",
    root: "iperf3 --server",
    user: "iperf3",
    client: "iperf3 --client 127.0.0.1 --bytes 1K",
    answer: "iperf Done",
  },
  {
    name: "lighttpd",
    root: "lighttpd -D -f /etc/lighttpd/lighttpd.conf",
    user: "www-data",
    asUser: "lighttpd -D -f /files/lighttpd.conf",
    client: `${GET} http://127.0.0.1/page.html`,
    answer: "the page",
  },
  {
    name: "mariadb",
    root: "mariadb-install-db --user=mysql && mariadbd --user=mysql",
    user: "mysql",
    asUser: "mariadb-install-db && mariadbd",
    client: "mariadb --execute 'select 40 + 2 as answer'",
    answer: "42",
  },
  {
    name: "memcached",
    root: "memcached -u memcache",
    user: "memcache",
    asUser: "memcached",
    client: speak(11211, "version\\r\\n", 9),
    answer: "VERSION 1",
  },
  {
    name: "mosquitto",
    root: "mosquitto -c /etc/mosquitto/mosquitto.conf",
    user: "mosquitto",
    client: "mosquitto_pub -r -t topic -m message && mosquitto_sub -C 1 -t topic",
    answer: "message",
  },
  {
    name: "nginx",
    root: "nginx -g 'daemon off;'",
    user: "www-data",
    asUser: "nginx -e stderr -c /files/nginx.conf",
    client: `${GET} http://127.0.0.1/page.html`,
    answer: "the page",
  },
  {
    name: "openldap",
    root: "slapd -d 0 -u openldap -g openldap",
    user: "openldap",
    asUser: "slapd -d 0",
    client: "ldapsearch -x -H ldap://127.0.0.1 -b '' -s base namingContexts",
    answer: "namingContexts: dc=nodomain",
  },
  {
    name: "openssh",
    root: "ssh-keygen -A && /usr/sbin/sshd -D",
    user: "sshd",
    asUser: "ssh-keygen -N '' -f /tmp/key && /usr/sbin/sshd -D -h /tmp/key -o PidFile=none",
    client: "ssh-keyscan 127.0.0.1",
    answer: "ssh-rsa",
  },
  {
    name: "openvpn",
    root: "openvpn --genkey secret /tmp/key && openvpn --config /files/openvpn.conf",
    user: "nobody",
    client: "grep -m 1 Initialization <(timeout 4 openvpn --config /files/openvpn.conf --nobind --remote 127.0.0.1)",
    answer: "Initialization Sequence Completed",
  },
  {
    name: "pgbouncer",
    user: "postgres",
    asUser: "pgbouncer /etc/pgbouncer/pgbouncer.ini",
    client: "psql -h /run/postgresql -p 6432 -U pgbouncer pgbouncer -c 'show version'",
    answer: "PgBouncer 1",
  },
  {
    name: "postgresql",
    user: "postgres",
    asUser: "initdb -D /var/lib/postgresql/data && postgres -D /var/lib/postgresql/data",
    client: "psql -tc 'select 40 + 2'",
    answer: "42",
  },
  {
    name: "prometheus",
    root: "prometheus --config.file /etc/prometheus/prometheus.yml --storage.tsdb.path /var/lib/prometheus/metrics2",
    user: "prometheus",
    client: `${GET} http://127.0.0.1:9090/-/ready`,
    answer: "Ready",
  },
  {
    name: "rabbitmq-server",
    root: "env RABBITMQ_NODENAME=rabbit@localhost rabbitmq-server",
    user: "rabbitmq",
    client: speak(5672, "AMQP\\0\\0\\11\\1", 100),
    answer: "publisher_confirms",
  },
  {
    name: "redis",
    root: "redis-server /etc/redis/redis.conf --daemonize no",
    user: "redis",
    client: "redis-cli ping",
    answer: "PONG",
  },
  {
    name: "rsync",
    root: "rsync --daemon --no-detach --config /files/rsyncd.conf",
    user: "nobody",
    asUser: "rsync --daemon --no-detach --config /files/rsyncd.conf --port 8730",
    client: "rsync rsync://127.0.0.1/files/ || rsync --port 8730 rsync://127.0.0.1/files/",
    answer: "rsyncd.conf",
  },
  {
    name: "squid",
    root: "squid --foreground",
    user: "proxy",
    asUser: "squid --foreground -f /files/squid.conf",
    client: `${GET} http://127.0.0.1:3128/squid-internal-mgr/info`,
    answer: "Squid Object Cache",
  },
  {
    name: "supervisor",
    root: "supervisord -n -c /etc/supervisor/supervisord.conf",
    user: "nobody",
    asUser: "supervisord -n -c /files/supervisord.conf",
    client: "supervisorctl -s unix:///tmp/supervisor.sock version || supervisorctl version",
    answer: "4.",
  },
  {
    name: "unbound",
    root: "unbound -d -c /files/unbound.conf",
    user: "unbound",
    client: "dig +time=1 +short @127.0.0.1 -x 127.0.0.1",
    answer: "localhost.",
  },
  {
    name: "varnish",
    root: "varnishd -F -j unix,user=vcache -f /etc/varnish/default.vcl -a :6081",
    user: "vcache",
    asUser: "varnishd -F -j none -n /tmp/varnish -f /etc/varnish/default.vcl -a :6081",
    client: "curl --silent --show-error --head http://127.0.0.1:6081/",
    answer: "X-Varnish",
  },
];
