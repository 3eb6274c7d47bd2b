# Makes one store path of one or more Debian packages, in Debian's own layout.
set -eu
umask 022
mkdir -p "$out/nix-support"

# What a container has no use for; licences (usr/share/doc/*/copyright) stay.
# No permissions are restored: a store path has neither setuid nor setgid files,
# and Nix forbids its builders to make any.
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
# Empty directories below var and run are places that programs write to.
find "$out" -mindepth 1 -depth -type d -empty ! -path "$out/nix-support" \
  ! -path "$out/var/*" ! -path "$out/run/*" -delete

for link in $links; do
  mkdir -p "$out/$(dirname "${link%%=*}")"
  ln -sf "${link#*=}" "$out/${link%%=*}"
done
for step in $steps; do . "$step"; done
perl "$relocate"
for step in $finish; do . "$step"; done

# A builder that ends by its last command's exec can be reported as killed.
exit 0
