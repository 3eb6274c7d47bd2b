# The packages outside of pkgs/by-name: one for each thing that a package of nixpkgs can be.
final: prev:
let
  inherit (final) lib;
  named = map (name: prev.${name}) final.byName;
  package =
    name: more:
    final.stdenv.mkDerivation (
      {
        pname = name;
        version = "1.0";
        file = toString ./all-packages.nix;
      }
      // more
      // {
        meta = {
          description = name;
        }
        // more.meta or { };
      }
    );
  plain = names: builtins.listToAttrs (map (name: { inherit name; value = package name { }; }) names);
in
plain [ "CamelCase" "_7zip" "bash" "coreutils" "cacert" "htop" "iana-etc" "moreutils" "nano" ]
// {
  unfreeware = package "unfreeware" {
    meta.license = {
      free = false;
      shortName = "unfree";
    };
  };
  brokenware = package "brokenware" { meta.broken = true; };
  elsewhere = package "elsewhere" { meta.platforms = [ "aarch64-linux" ]; };
  oldssl = package "oldssl" { meta.knownVulnerabilities = [ "CVE-1" ]; };
  bashInteractive = final.bash;
  git = package "git" { deps = lib.take 20 named; };
  everything = package "everything" { deps = named; };
  bigone = package "bigone" { size = import ./big-blocks.nix; };

  # Two names that differ only in case: one is exact, or none is.
  Twice = final.git;
  twice = final.bash;
  SAME = final.git;
  Same = final.git;

  fetchurl = { url, ... }: throw "no network";
  writeText = name: text: builtins.toFile name text;
  xorgish = lib.recurseIntoAttrs {
    libX11 = final.git;
    xorgproto = final.bash;
  };
  python313Packages = lib.recurseIntoAttrs (import ../python final);
  python3Packages = lib.dontRecurseIntoAttrs final.python313Packages;
  python3 = final.bash // {
    pkgs = final.python3Packages;
  };
  nested = lib.recurseIntoAttrs {
    deeper = lib.recurseIntoAttrs { deepest = lib.recurseIntoAttrs { tool = final.git; }; };
  };

  warned = lib.warn "warned is old, use git" final.git;
  endless = let x = x; in x;
  missing = final.no-such-attribute;
  failing = assert false; final.git;
  aborting = abort "the end";
  imported = import (derivation {
    name = "generated.nix";
    inherit (final) system;
    builder = "/bin/sh";
    args = [ "-c" "echo '{ }' > $out" ];
  });
  fetched = builtins.fetchTarball "https://example.org/x.tar.gz";
}
