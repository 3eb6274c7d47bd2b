# The service's start script normally makes these directories.
mkdir -p "$out/run/mysqld" "$out/var/lib/mysql"
