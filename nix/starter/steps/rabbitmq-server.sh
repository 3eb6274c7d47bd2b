# Root's commands change to the user rabbitmq with su, which fails without a PAM configuration.
sed -i 's,su rabbitmq -s,HOME=/var/lib/rabbitmq setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups,' \
  "$out"/usr/lib/rabbitmq/bin/rabbitmq-script-wrapper \
  "$out"/usr/sbin/rabbitmq-diagnostics "$out"/usr/sbin/rabbitmq-queues "$out"/usr/sbin/rabbitmq-upgrade
