# The service's start script copies the root's key. unbound replaces this link when the key changes.
mkdir -p "$out/var/lib/unbound"
ln -s /usr/share/dns/root.key "$out/var/lib/unbound/root.key"
