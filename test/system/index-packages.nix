# A package set to list: packages that can or cannot be pulled by a name, and attributes that end an evaluation.
# `config` is nixpkgs' configuration.
{
  config ? { },
}:
let
  system = builtins.currentSystem;
  package =
    name: meta:
    derivation {
      inherit name system;
      builder = "/bin/sh";
    }
    // {
      inherit meta;
    };
  # As in nixpkgs: the package exists, says whether it is available, and throws if it is built.
  unless =
    isAllowed: name:
    package name { available = isAllowed; }
    // (
      if isAllowed then { } else { drvPath = throw "refusing to evaluate"; outPath = throw "refusing to evaluate"; }
    );
  endless = n: 1 + endless n;
  recursive = set: set // { recurseForDerivations = true; };
in
rec {
  plain = package "plain-1.2.3" { description = "A plain package"; };
  UpperCase = package "upper-2" { description = "Upper case"; };
  _7zz = package "7zz-24.09" { description = "Begins with a digit"; };
  versioned = plain // { version = "4.5"; };
  html = package "html-1" { description = "<script>alert(1)</script> & \"quotes\"\n  on\ttwo lines "; };
  undescribed = plain // { meta = throw "no meta"; };
  strange = plain // { version = 3; meta.description = [ "a list" ]; };
  unnamed = builtins.removeAttrs plain [ "name" ] // { meta = { }; };
  badly-described = package "bad-1" { description = let loop = loop; in loop; };

  twice.a = plain;
  aB = plain;
  Ab = plain;
  "dotted.name" = plain;
  "not an attribute" = plain;
  shell = plain;

  throws = throw "on purpose";
  asserts = assert false; plain;
  aborts = abort "on purpose";
  recurses = let loop = loop; in loop;
  overflows = endless 0;
  missing = { }.attribute;
  mistyped = 1 + "one";
  reads = builtins.readFile /etc/hostname;
  fetches = builtins.fetchTarball "http://127.0.0.1:1/x.tar.gz";
  imports = import (package "imported" { });
  hungry = builtins.length (builtins.genList (n: n) 1000000000);
  throws-type = plain // { type = throw "on purpose"; };
  not-whole = { type = "derivation"; name = "not-whole-1"; };
  function = { pkgs }: plain;
  text = "text";
  elsewhere = plain // { system = "riscv64-linux"; };

  unfree = unless (config.allowUnfree or false) "unfree-1";
  broken = unless (config.allowBroken or false) "broken-1";

  nested = recursive {
    Inner = package "inner-1" { description = "Nested"; };
    aborts = abort "on purpose";
    last = package "last-1" { description = "The last of them"; };
    deeper = recursive { deepest = package "deepest-1" { }; };
  };
  closed = { hidden = plain; };
  itself = recursive { again = itself; };
  not-recursive = { recurseForDerivations = throw "on purpose"; hidden = plain; };
  zlast = package "zlast-1" { description = "Behind all of them"; };
}
