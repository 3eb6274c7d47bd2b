# The maintainer script enables the default site.
mkdir -p "$out/etc/nginx/sites-enabled"
ln -s ../sites-available/default "$out/etc/nginx/sites-enabled/default"
