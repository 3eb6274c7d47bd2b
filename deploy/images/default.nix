# The images of the origin. `npm run images` copies this file into a folder of its own, and puts two things beside it:
# `program`, the files of Cornice, and `node`, the Node.js that Cornice is tested with.
#
# pkgs: the starter set, or a nixpkgs. Both have all packages that are used here.
{ pkgs, system }:

let
  package = builtins.fromJSON (builtins.readFile ./program/package.json);

  make =
    name: script: attributes:
    derivation (
      {
        inherit name system;
        builder = "${pkgs.bash}/bin/bash";
        args = [ script ];
        PATH = "${pkgs.coreutils}/bin:${pkgs.gnused}/bin";
        # A cache has none of these, and they take seconds.
        allowSubstitutes = false;
        preferLocalBuild = true;
      }
      // attributes
    );

  node = make "node" ./node.sh {
    program = ./node;
    tools = "${pkgs.binutils}/bin:${pkgs.patchelf}/bin";
    # A program that is linked as Node.js is: with the C++ library of the package set.
    example = "${pkgs.patchelf}/bin/patchelf";
  };

  program = make "cornice-${package.version}" ./program.sh {
    files = ./program;
    inherit node;
  };

  withoutNix = [
    program
    node
    pkgs.tini
    # Old binary caches have archives that only this program reads.
    pkgs.bzip2
  ];

  withNix = withoutNix ++ [
    pkgs.bash
    pkgs.bubblewrap
    pkgs.coreutils
    pkgs.git
    pkgs.nix
    pkgs.openssh
    pkgs.util-linux
  ];

  # Nix's database says which store paths are whole. An image has no database.
  store = make "cornice-store" ./store.sh {
    packages = withNix;
    # Nix gives the builder the closure of this file, with the references of each path.
    exportReferencesGraph = [ "closure" (make "cornice-packages" ./packages.sh { packages = withNix; }) ];
    inherit (pkgs) bash coreutils nix;
    fill = ./fill-store.sh;
    register = ./with-store.sh;
  };

  tini = [ "${pkgs.tini}/bin/tini" "--" ];
  cache = "/var/cache/cornice";
  common = {
    cmd = [ "cornice-origin" ];
    workingDir = cache;
    exposedPorts = [ 8788 ];
    labels = {
      "org.opencontainers.image.title" = "Cornice's origin";
      "org.opencontainers.image.description" = package.description;
      "org.opencontainers.image.version" = package.version;
      "org.opencontainers.image.licenses" = package.license;
      # The same sources give the same path.
      "org.opencontainers.image.revision" = builtins.substring 11 32 "${program}";
    };
    # docs/settings.md has the first four; docs/deploy.md has the next one.
    env = {
      CORNICE_ORIGIN_HOST = "0.0.0.0";
      CORNICE_SPOOL_DIR = "${cache}/spool";
      CORNICE_SOURCES_DIR = "${cache}/sources";
      XDG_CACHE_HOME = cache;
      MALLOC_ARENA_MAX = "2";
      NODE_COMPILE_CACHE = "${cache}/compiled";
      TMPDIR = cache;
    };
  };
in
{
  images.origin = common // {
    packages = withNix ++ [ store ];
    entrypoint = tini ++ [ "cornice-with-store" ];
    # It becomes other users to evaluate and to build.
    user = "0:0";
  };

  images.origin-without-nix = common // {
    packages = withoutNix;
    entrypoint = tini;
    # The user `cornice`. A number, because Kubernetes compares it with 0.
    user = "65532:65532";
  };
}
