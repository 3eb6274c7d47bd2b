# What Debian's trigger makes: the list of plugins, without which dot draws nothing.
HOME=$PWD "$out/usr/bin/dot" -c
