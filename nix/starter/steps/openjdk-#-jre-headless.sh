# Makes the alternative `java` in usr/bin, where other programs look for Java.
mkdir -p "$out/usr/bin"
for java in "$out"/usr/lib/jvm/*/bin/java; do ln -sf "${java#"$out"}" "$out/usr/bin/java"; done
