# Names the packages of an image.
echo "$packages" >"$out"
