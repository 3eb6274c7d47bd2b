# A package set that has what nixpkgs has: inner sets, aliases that throw, refused packages, several outputs. Each
# attribute is a case of `index-outcomes.test.ts`.
{ config ? { } }:
let
  system = builtins.currentSystem;
  package =
    name:
    derivation {
      inherit name system;
      builder = "/bin/sh";
    };
  withOutputs =
    name: outputs: further:
    let
      strict = derivation {
        inherit name system outputs;
        builder = "/bin/sh";
      };
      common = further // { outputs = outputs; } // builtins.listToAttrs (map one outputs);
      one = output: {
        name = output;
        value = strict.${output} // common // { outputName = output; };
      };
    in
    strict.${builtins.head outputs} // common;
  # As nixpkgs' check-meta: the package has a name, and throws if it is built.
  refused =
    name: why:
    let
      throws = throw ''
        Package ‘${name}’ in ${toString ./default.nix}:35 ${why}, refusing to evaluate.

        a) To temporarily allow such packages, you can use an environment variable
           for a single invocation of the nix tools.
      '';
    in
    package name // { drvPath = throws; outPath = throws; meta.available = false; };
  recursive = set: set // { recurseForDerivations = true; };
in
rec {
  hello = package "hello-1.0";
  cacert = package "cacert-3";
  Upper = package "upper-1";
  _7zz = package "7zz-24";
  Foo = package "foo-upper";
  foo = package "foo-lower";
  aB = hello;
  Ab = hello;
  "dotted.name" = hello;
  "odd name" = hello;

  openssl = withOutputs "openssl-3" [ "bin" "dev" "out" ] { meta.outputsToInstall = [ "bin" "out" ]; };
  headed = withOutputs "headed-1" [ "bin" "out" ] { };
  oddly-installed = withOutputs "odd-1" [ "out" "doc" ] { meta.outputsToInstall = [ "none" ]; };
  badly-installed = withOutputs "bad-1" [ "out" "doc" ] { meta = throw "no meta"; };
  chosen = withOutputs "chosen-1" [ "out" "doc" ] { outputSpecified = true; meta.outputsToInstall = [ "out" "doc" ]; };
  late = (withOutputs "late-1" [ "out" "doc" ] { meta.outputsToInstall = [ "out" "doc" ]; }).doc;

  unfree = refused "unfree-2.0" "has an unfree license (‘bsl11’)";
  broken = refused "broken-1.0" "is marked as broken";
  insecure = refused "insecure-3.0" "is marked as insecure";
  unsupported = refused "unsupported-4.0" "is not available on the requested hostPlatform";
  oldName = throw "'oldName' has been renamed to/replaced by 'hello'";
  outThrows = hello // { outPath = throw "no output path"; };
  drvThrows = hello // { drvPath = throw "no derivation"; };
  typeThrows = hello // { type = throw "no type"; };
  systemThrows = hello // { system = throw "no system"; };
  asserts = assert false; hello;
  aborts = abort "on purpose";
  recurses = let loop = loop; in loop;
  deep = package "deep-1" // { outPath = let loop = loop; in loop; };
  missing = { }.attribute;
  mistyped = 1 + "one";
  absent-file = import ./absent.nix;
  fetches = builtins.fetchTarball "http://127.0.0.1:1/x.tar.gz";
  many-lines = throw "one\ntwo\n\nthree";
  long = throw (builtins.concatStringsSep " " (builtins.genList toString 1000));
  badly-described = package "described-1" // { meta.description = let loop = loop; in loop; };
  no-store-path = hello // { outPath = "/etc/passwd"; };

  elsewhere = hello // { system = "riscv64-linux"; };
  text = "text";
  function = { pkgs }: hello;
  number = 7;

  perlPackages = recursive {
    DBI = package "dbi-1";
    JSON = package "json-1";
    json = package "json-lower";
    gone = throw "DBD was removed";
    "with.dot" = hello;
    inner = recursive { thing = package "thing-1"; };
    closedInner = { thing = package "thing-2"; };
  };
  haskellPackages = { aeson = package "aeson-2"; old = throw "removed"; };
  twice = recursive { aB = hello; Ab = recursive { c = hello; }; };
  odd-recursion = { recurseForDerivations = throw "odd"; hidden = package "hidden-1"; };
  l1 = recursive { l2 = recursive { l3 = recursive { l4 = recursive { l5 = package "l5-1"; }; }; }; };
  with-attributes = hello // { passthru-set.tool = package "tool-1"; };
}
