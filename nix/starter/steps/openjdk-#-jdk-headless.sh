# Java looks for its libraries beside the program: the compiler's home has links to the runtime's.
for dependency in $dependencies; do
  if [ -d "$dependency/usr/lib/jvm" ]; then cp -rsn "$dependency/usr/lib/jvm" "$out/usr/lib"; fi
done
