# The attribute set of a flake: its `packages` and its `legacyPackages`. If both have a name, `packages` wins.
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
