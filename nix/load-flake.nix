# The attribute set of a flake: its packages, and below them what it calls legacy packages.
#
# location: a locked reference, such as path:/nix/store/...?narHash=...
{
  location,
  system,
}:

let
  flake = builtins.getFlake location;
in
(flake.legacyPackages.${system} or { }) // (flake.packages.${system} or { })
