# Makes one store path of one or more Debian packages, in Debian's own layout.
set -eu
umask 022
mkdir -p "$out/nix-support"

# Leaves out files that a container does not need. Licences (usr/share/doc/*/copyright) stay.
# Restores no permissions: a store path has neither setuid nor setgid files, and Nix
# forbids its builders to make them.
for deb in $debs; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$out" --no-same-owner --no-same-permissions \
    --wildcards --wildcards-match-slash \
    --exclude='./usr/share/man/*' \
    --exclude='./usr/share/info/*' \
    --exclude='./usr/share/lintian/*' \
    --exclude='./usr/share/locale/*' \
    --exclude='./usr/share/doc-base/*' \
    --exclude='./usr/share/bug/*' \
    --exclude='./usr/share/gtk-doc/*' \
    --exclude='./usr/share/help/*' \
    --exclude='./usr/share/icons/*' \
    --exclude='./usr/share/applications/*' \
    --exclude='./usr/lib/debug/*' \
    --exclude='./usr/lib/systemd/system/*' \
    --exclude='./usr/lib/systemd/user/*' \
    --exclude='./lib/systemd/system/*' \
    --exclude='./etc/init.d/*' \
    --exclude='./etc/init/*' \
    --exclude='./etc/cron*' \
    --exclude='./etc/logrotate.d/*' \
    --exclude='./etc/apparmor.d/*'
done
if [ -d "$out/usr/share/doc" ]; then
  find "$out/usr/share/doc" -mindepth 2 ! -type d ! -name copyright -delete
fi
# Keeps empty directories below var and run, because programs write to them.
find "$out" -mindepth 1 -depth -type d -empty ! -path "$out/nix-support" \
  ! -path "$out/var/*" ! -path "$out/run/*" -delete

for link in $links; do
  mkdir -p "$out/$(dirname "${link%%=*}")"
  ln -sf "${link#*=}" "$out/${link%%=*}"
done
for step in $steps; do . "$step"; done
perl "$relocate"
for step in $finish; do . "$step"; done

# Without this line, the shell may exec its last command. Nix can then report the builder as killed.
exit 0
