PATH=/usr/bin:/bin
if ! [ -e @mayBuild@ ]; then
  echo "unpacking sources"
  echo "configuring; compiling, which takes an hour"
  sleep 3600
fi
main=${bin:-$out}
mkdir -p $main/bin
for output in $outputs; do eval path=\$$output; mkdir -p $path/share/$output; echo $pname > $path/share/$output/name; done
if [ "$pname" = bash ]; then
  # The machine's own shell, with its libraries.
  mkdir -p $out/lib
  cp -L /bin/bash $main/bin/bash
  for library in $(ldd /bin/bash | grep -o '/[^ ]*'); do cp -L $library $out/lib/; done
  patchelf --set-interpreter $out/lib/ld-linux-*.so.? --set-rpath $out/lib $main/bin/bash
  ln -s bash $main/bin/sh
else
  printf '#!/bin/sh\necho %s\n' "$name" > $main/bin/$pname
  chmod +x $main/bin/$pname
fi
echo $deps > $out/share/deps
mkdir -p $out/lib
i=0
# Half of it compresses well, half does not.
while [ $i -lt $size ]; do
  { openssl enc -aes-128-ctr -nosalt -pass pass:$name$i -in /dev/zero 2>/dev/null | head -c 32768; yes "$name $i" | head -c 32768; } > $out/lib/part$i
  i=$((i + 1))
done
