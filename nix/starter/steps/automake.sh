# What update-alternatives makes of the version in the package.
for versioned in "$out"/usr/bin/aclocal-* "$out"/usr/bin/automake-*; do ln -s "${versioned##*/}" "${versioned%-*}"; done
