# Writes the accounts and directories that Debian's maintainer scripts make, in systemd's formats.
mkdir -p "$out/usr/lib/sysusers.d" "$out/usr/lib/tmpfiles.d"
sed -n '/^[ugm] /p' $accounts >"$out/usr/lib/sysusers.d/$name.conf"
sed -n '/^d /p' $accounts >"$out/usr/lib/tmpfiles.d/$name.conf"
