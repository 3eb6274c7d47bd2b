# Switches on every installed extension for PHP's command line, as phpenmod does.
for ini in "$out"/usr/share/php*-common/*/*.ini; do
  version=${ini#"$out"/usr/share/php}
  version=${version%%-*}
  name=${ini##*/}
  priority=$(sed -n 's/^; priority=//p' "$ini")
  mkdir -p "$out/etc/php/$version/cli/conf.d"
  ln -s "/${ini#"$out"/}" "$out/etc/php/$version/cli/conf.d/${priority:-20}-$name"
done
