# The service's start script normally makes /run/sshd. sshd confines itself to this directory.
mkdir -p "$out/run/sshd" "$out/etc/ssh"

# Debian's maintainer script normally copies this template of the configuration.
cp "$out/usr/share/openssh/sshd_config" "$out/etc/ssh/sshd_config"
