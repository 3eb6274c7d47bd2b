# The maintainer script makes a configuration with the machine's name. This one has the suffix of a machine without a name,
# and no password for its administrator.
mkdir -p "$out/etc/ldap"
cat >"$out/etc/ldap/slapd.conf" <<'EOF'
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile /run/slapd/slapd.pid
argsfile /run/slapd/slapd.args
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix dc=nodomain
rootdn cn=admin,dc=nodomain
directory /var/lib/ldap
index objectClass eq
access to attrs=userPassword by self write by anonymous auth by * none
access to * by * read
EOF
