let
  wanted = import ./lib/minver.nix;
in
if builtins.compareVersions wanted builtins.nixVersion == 1 then
  abort ''

    This set of packages needs Nix ${wanted} or newer, please upgrade:

    - on NixOS with nixos-rebuild,

    - elsewhere with the installer.
  ''
else
  import ./pkgs/top-level/impure.nix
