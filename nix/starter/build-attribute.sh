# Links the programs of an attribute's own packages into bin, as nixpkgs does.
set -eu
mkdir -p "$out/bin" "$out/nix-support"
echo "$groups" >"$out/nix-support/propagated-user-env-packages"

link_program() {
  name=${1##*/}
  if [ -f "$1" ] && [ -x "$1" ] && [ ! -L "$out/bin/$name" ]; then ln -s "$1" "$out/bin/$name"; fi
}

set -f
for pattern in $programs; do
  for group in $groups; do
    set +f
    for program in "$group"/$pattern; do link_program "$program"; done
    set -f
  done
done
set +f
for group in $groups; do
  for program in "$group"/usr/bin/* "$group"/bin/* "$group"/usr/sbin/* "$group"/sbin/* "$group"/usr/games/*; do
    link_program "$program"
  done
done
rmdir --ignore-fail-on-non-empty "$out/bin"

# Without this line, the shell may exec its last command. Nix can then report the builder as killed.
exit 0
