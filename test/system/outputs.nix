# A package set with packages of several outputs. `made` has the shape of a package of nixpkgs.
{ salt }:
let
  build =
    name: outputs:
    derivation {
      inherit name salt outputs;
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [
        "-c"
        "PATH=/usr/bin:/bin; for output in $outputs; do eval path=\\$$output; mkdir -p $path/$output; echo $output > $path/$output/${name}; done"
      ];
    };
  # As in nixpkgs' mkDerivation: an output that somebody names has `outputSpecified`.
  made =
    name: outputs: meta:
    let
      package = build name outputs;
      common = package // { inherit meta; } // builtins.listToAttrs (map named outputs);
      named = output: {
        name = output;
        value = common // {
          inherit (package.${output}) outPath drvPath outputName;
          outputSpecified = true;
        };
      };
    in
    common // { inherit (package) outPath drvPath outputName; };
  outputs = [ "out" "bin" "dev" "man" ];
  install = names: { outputsToInstall = names; };
in
rec {
  tools = made "tools" outputs (install [ "man" "bin" ]);
  bin-first = made "bin-first" [ "bin" "out" "man" ] (install [ "bin" "man" ]);
  plain = build "plain" outputs;
  single = made "single" [ "out" ] (install [ "out" ]);
  without-meta = made "without-meta" outputs { };

  absent = made "absent" outputs (install [ "nosuch" "bin" "meta" "bin" ]);
  all-absent = made "all-absent" outputs (install [ "nosuch" ]);
  empty = made "empty" outputs (install [ ]);
  text = made "text" outputs (install "bin");
  numbers = made "numbers" outputs (install [ 1 "bin" ]);
  throwing = made "throwing" outputs (install (throw "outputs"));
  throwing-name = made "throwing-name" outputs (install [ "bin" (throw "an output") ]);
  throwing-meta = made "throwing-meta" outputs (throw "meta");
  text-meta = made "text-meta" outputs "meta";
  throwing-output = tools // { bin = throw "bin"; };
  throwing-outputs = tools // { outputs = throw "outputs"; };
  # Far more outputs than a package has, and one output that is named very often.
  many = tools // rec {
    outputs = [ "out" ] ++ builtins.genList (index: "o${toString index}") 5000;
    meta.outputsToInstall = outputs;
  } // builtins.listToAttrs (builtins.genList (index: { name = "o${toString index}"; value = tools.bin; }) 5000);
  repeated = made "repeated" outputs (install (builtins.genList (index: "bin") 100000));

  cacert = made "cacert" [ "out" "hashed" ] (install [ "hashed" ]);

  images.both.packages = [ tools single ];
  images.named.packages = [ tools.dev plain.man ];
  images.twice.packages = [ tools tools.bin cacert.hashed ];
}
