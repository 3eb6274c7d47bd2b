# Makes a package of the program: its files, two commands, and the origin's users and folder.
set -eu
share=$out/share/cornice
mkdir -p "$out/bin" "$out/lib/sysusers.d" "$out/lib/tmpfiles.d" "$out/share"
cp -r "$files" "$share"

# An image may have no shell, so Node.js itself runs them. The option saves 50 MB of memory.
command() {
  printf '#!%s --max-semi-space-size=2\nimport "%s";\n' "$node/bin/node" "$share/$2" >"$out/bin/$1"
  chmod +x "$out/bin/$1"
}
command cornice cli/main.ts
command cornice-origin origin/service/main.ts

cat >"$out/lib/sysusers.d/cornice.conf" <<'END'
u cornice 65532 "Cornice" /var/cache/cornice
END
cat >"$out/lib/tmpfiles.d/cornice.conf" <<'END'
d /var/cache/cornice 0755 cornice cornice
END
