# A tiny package set whose store paths are the same on every x86_64-linux machine. `later` is pulled from no release.
let
  build =
    name: commands:
    derivation {
      inherit name;
      system = "x86_64-linux";
      builder = "/bin/sh";
      args = [
        "-c"
        "PATH=/usr/bin:/bin; ${commands} exit 0"
      ];
    };
  program = name: dependency: build name "mkdir -p $out/bin; echo 'echo ${name} ${dependency}' > $out/bin/${name};";
in
rec {
  hello = program "hello" "";
  world = program "world" "${hello}";
  # Large enough for a layer of its own.
  large = build "large" "mkdir $out; seq 20000 > $out/data;";
  later = program "later" "${world}";
  cacert = build "cacert" "mkdir -p $out/etc/ssl/certs; echo none > $out/etc/ssl/certs/ca-bundle.crt;";
}
