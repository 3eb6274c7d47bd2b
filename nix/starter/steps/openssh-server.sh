# The service's start script makes the directory that sshd confines itself to.
mkdir -p "$out/run/sshd" "$out/etc/ssh"

# Its configuration is a template that the maintainer script copies.
cp "$out/usr/share/openssh/sshd_config" "$out/etc/ssh/sshd_config"
