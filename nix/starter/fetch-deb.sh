# Downloads one Debian package with the machine's apt, which checks its hash.
set -eu

# Hundreds of these run within seconds, each asking for the mirror's address: a
# resolver that drops one question must not hold its download up for 5 s.
export RES_OPTIONS="timeout:1 attempts:5"

/usr/lib/apt/apt-helper \
  -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::EnableSrvRecords=false \
  download-file "$url" package.deb "SHA256:$sha256" >apt.log 2>&1 || {
  cat apt.log >&2
  echo "the mirror does not give $url with the hash that apt's lists have:" >&2
  echo 'run "apt-get update" as root and start again' >&2
  exit 1
}
cp package.deb "$out"

# A builder that ends by its last command's exec can be reported as killed.
exit 0
