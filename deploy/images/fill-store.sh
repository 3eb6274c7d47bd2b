# Copies the image's store paths into a volume that then takes the place of /nix. What is there already stays as it is.
set -eu
PATH=@path@
to=${1:?the folder of the volume}/store
mkdir -p "$to"
for path in /nix/store/*; do
  name=${path##*/}
  [ -e "$to/$name" ] || [ -L "$to/$name" ] && continue
  # A copy that is interrupted has another name.
  rm -rf "$to/.$name.part"
  cp -a "$path" "$to/.$name.part"
  mv -T "$to/.$name.part" "$to/$name"
done
