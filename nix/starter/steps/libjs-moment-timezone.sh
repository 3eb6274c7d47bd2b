# 192 MB of data that only serve to build the other files.
rm -rf "$out/usr/share/javascript/moment-timezone/data/unpacked"
