# Makes the list of plugins, as Debian's trigger does. Without it, dot draws nothing.
HOME=$PWD "$out/usr/bin/dot" -c
