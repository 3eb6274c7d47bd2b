# Java looks for its libraries beside the program. So the compiler's home gets links to the runtime's files.
for dependency in $dependencies; do
  if [ -d "$dependency/usr/lib/jvm" ]; then cp -rsn "$dependency/usr/lib/jvm" "$out/usr/lib"; fi
done
