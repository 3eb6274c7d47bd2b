# Makes the programs that put the image's own store paths into Nix's database, and into another store.
set -eu
PATH="$PATH:$nix/bin"
mkdir -p "$out/bin" "$out/etc/nix" "$out/lib/sysusers.d" "$out/share/cornice"

# A record of `nix-store --load-db`: the path, its hash, its size, its derivation, the number of references, and these.
# Nix's own `closure` has the same records, without hash and size.
while read -r path && read -r deriver && read -r count; do
  nix-store --dump "$path" >archive
  hash=$(sha256sum archive)
  printf '%s\n' "$path" "${hash%% *}" "$(stat --format %s archive)" "$deriver" "$count"
  while [ "$count" -gt 0 ]; do
    read -r reference
    echo "$reference"
    count=$((count - 1))
  done
done <closure >"$out/share/cornice/store-paths"
# What the path of these programs refers to: itself and all others.
{ echo "$out" && sed -n '/^.nix.store.[^/]*$/p' "$out/share/cornice/store-paths" | sort -u; } >"$out/share/cornice/references"

install_program() {
  { echo "#!$bash/bin/bash" && sed "s|@store@|$out|; s|@path@|$coreutils/bin:$nix/bin|" "$2"; } >"$out/bin/$1"
  chmod +x "$out/bin/$1"
}
install_program cornice-with-store "$register"
install_program cornice-fill-store "$fill"

# Builders get a shell. Debian's Nix 2.8 has none for them.
echo "sandbox-paths = /bin/sh=$bash/bin/bash" >"$out/etc/nix/nix.conf"

# Nix kills all processes of a build's user, also those in containers. So these users are not those of a Nix outside, which
# has numbers below 1000 or above 30000.
first_builder=59101
{
  echo 'u cornice-nix - "Cornice evaluates as this user" /var/empty'
  echo 'g nixbld - -'
  for number in {1..16}; do
    echo "u nixbld$number $((first_builder + number - 1)) \"Nix build user $number\" /var/empty"
    echo "m nixbld$number nixbld"
  done
} >"$out/lib/sysusers.d/cornice-nix.conf"
