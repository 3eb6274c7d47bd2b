{ localSystem, crossSystem ? localSystem, config ? { }, overlays ? [ ], ... }@args:
let
  lib = import ../../lib;
  again = changes: import ./. (args // changes);
  system = crossSystem.system;
  byName = builtins.readDir ../by-name;
  shards = map (shard: ../by-name + "/${shard}") (builtins.attrNames byName);
  files = builtins.foldl' (all: shard: all // builtins.mapAttrs (name: _: shard + "/${name}/package.nix") (builtins.readDir shard)) { } shards;
  base = final: {
    inherit lib config system;
    byName = builtins.attrNames files;
    callPackage = lib.callPackageWith (final // final.xorgish);
    stdenv = import ../stdenv { inherit lib config system; isCross = crossSystem != localSystem; };
    buildPackages = if crossSystem == localSystem then final else again { crossSystem = localSystem; };
    pkgsCross = builtins.mapAttrs (_: system: again { crossSystem = { inherit system; }; }) { aarch64-multiplatform = "aarch64-linux"; riscv64 = "riscv64-linux"; };
    pkgsStatic = again { crossSystem = { inherit system; static = true; }; };
    pkgsi686Linux = again { localSystem.system = "i686-linux"; crossSystem.system = "i686-linux"; };
    __splicedPackages = final // { };
    pkgs = final;
    targetPackages = { };
  };
  packages = final: prev: builtins.mapAttrs (_: file: final.callPackage file { }) files;
  stages = [ packages (import ./all-packages.nix) ] ++ (if config.allowAliases or true then [ (import ./aliases.nix) ] else [ ]) ++ overlays;
in
lib.fix (builtins.foldl' (f: o: lib.extends o f) base stages)
