# The service's start script makes these.
mkdir -p "$out/run/mysqld" "$out/var/lib/mysql"
