# Makes Node.js run with the libraries of the package set.
set -eu
PATH="$PATH:$tools"
mkdir -p "$out/bin"
# The symbols take 18 MB.
strip -o "$out/bin/node" "$program"
example=$(readlink -f "$example")
patchelf --set-interpreter "$(patchelf --print-interpreter "$example")" \
  --set-rpath "$(patchelf --print-rpath "$example")" "$out/bin/node"
# A program that does not start is found here, and not in a container.
"$out/bin/node" --version >&2
