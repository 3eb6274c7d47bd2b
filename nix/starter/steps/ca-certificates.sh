# Makes one bundle, as update-ca-certificates does, under Debian's and nixpkgs' names.
certificates=$out/usr/share/ca-certificates
mkdir -p "$out/etc/ssl/certs"
find "$certificates" -name '*.crt' | sort | while read -r certificate; do
  # A certificate may end without a line feed.
  sed -e '$a\' "$certificate"
done >"$out/etc/ssl/certs/ca-certificates.crt"
ln -s ca-certificates.crt "$out/etc/ssl/certs/ca-bundle.crt"

# Removes the single files and the program that merges them. They only make images bigger.
rm -rf "$certificates" "$out/usr/sbin" "$out/etc/ca-certificates" "$out/etc/ca-certificates.conf"
