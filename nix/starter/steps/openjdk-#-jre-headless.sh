# The alternative that other programs find Java by.
mkdir -p "$out/usr/bin"
for java in "$out"/usr/lib/jvm/*/bin/java; do ln -sf "${java#"$out"}" "$out/usr/bin/java"; done
