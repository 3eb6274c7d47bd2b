# Tells Nix which paths of the store came with the image, and becomes the program of the arguments. Nix would take them for
# rubbish otherwise: its next garbage collection would remove the running program.
set -eu
own=@store@
root=/nix/var/nix/gcroots/cornice-image

# The record of this program's own path. Its hash cannot be in a file of the path.
own_record() {
  hash=$(nix-store --dump "$own" | sha256sum)
  printf '%s\n' "$own" "${hash%% *}" "$(nix-store --dump "$own" | wc -c)" '' "$(wc -l <"$own/share/cornice/references")"
  cat "$own/share/cornice/references"
}

register() {
  PATH=@path@
  [ "$(readlink "$root")" != "$own" ] || return 0
  { cat "$own/share/cornice/store-paths" && own_record; } | NIX_REMOTE='' nix-store --load-db
  mkdir -p "${root%/*}"
  ln -sfn "$own" "$root"
}

(register)
exec "$@"
