# The maintainer script enables these modules, settings and this site on a new machine.
enable() {
  kind=$1
  shift
  mkdir -p "$out/etc/apache2/$kind-enabled"
  for name in "$@"; do
    for file in "$out/etc/apache2/$kind-available/$name".*; do
      ln -s "../$kind-available/${file##*/}" "$out/etc/apache2/$kind-enabled/${file##*/}"
    done
  done
}
enable mods mpm_event access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex \
  deflate dir env filter mime negotiation reqtimeout setenvif status
enable conf charset localized-error-pages other-vhosts-access-log security serve-cgi-bin
enable sites 000-default
