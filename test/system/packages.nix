# A small package set: every kind of name, and builds that are slow or fail. `salt` makes them new.
{ salt }:
let
  build =
    name: commands:
    derivation {
      inherit name salt;
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [
        "-c"
        "PATH=/usr/bin:/bin; ${commands} exit 0"
      ];
    };
  program = name: dependency: build name "mkdir -p $out/bin; echo 'echo ${name} ${salt} ${dependency}' > $out/bin/${name};";
in
rec {
  hello = program "hello" "";
  World = program "world" "${hello}";
  _7zz = program "7zz" "";
  nested.Deep.thing = program "thing" "";

  # About 9 MB, worth a layer of its own that is packed in parts.
  large = build "large" "mkdir $out; seq -f '%.0f ${salt}' 200000 > $out/data;";

  twice.aB = hello;
  twice.Ab = hello;
  text = "not a package";
  broken = throw "this package is broken on purpose";

  talkative = build "talkative" "echo first line; sleep 2; echo second line; mkdir $out;";
  failing = build "failing" "echo the compiler is unhappy; exit 3;";
  # The sleep is a grandchild of Nix's builder, in the background as daemons of real builds are.
  endless = build "endless" "sleep 98765 & sleep 98765;";
}
