# Downloads one Debian package with the machine's apt, which checks its hash.
set -eu

# Hundreds of downloads start within seconds, and each asks for the mirror's address. If
# the resolver drops one question, its download must not wait for 5 s.
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

# Without this line, the shell may exec its last command. Nix can then report the builder as killed.
exit 0
