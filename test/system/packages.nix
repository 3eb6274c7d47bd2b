# A small package set: every kind of name, builds that are slow or fail, and packages that are refused as in
# nixpkgs. A new `salt` makes all packages new. `config` is nixpkgs' configuration.
{
  salt,
  config ? { },
}:
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
  refuseUnless =
    allowed: name: why: package:
    if allowed then
      package
    else
      throw ''
        Package ‘${name}’ in ${toString ./set.nix}:35 ${why}, refusing to evaluate.

        a) To temporarily allow such packages, you can use an environment variable
           for a single invocation of the nix tools.
      '';
  program = name: dependency: build name "mkdir -p $out/bin; echo 'echo ${name} ${salt} ${dependency}' > $out/bin/${name};";
  slow = name: seconds: build name "sleep ${toString seconds}; mkdir $out; echo ${salt} > $out/${name};";
in
rec {
  hello = program "hello" "";
  World = program "world" "${hello}";
  _7zz = program "7zz" "";
  nested.Deep.thing = program "thing" "";

  # About 9 MB: large enough for a layer of its own, packed in parts.
  large = build "large" "mkdir $out; seq -f '%.0f ${salt}' 200000 > $out/data;";

  twice.aB = hello;
  twice.Ab = hello;
  text = "not a package";
  broken = throw "this package is broken on purpose";

  talkative = build "talkative" "echo first line; sleep 2; echo second line; mkdir $out;";
  failing = build "failing-1.2" ''
    i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i; done
    printf '\033[31mthe compiler is unhappy\033[0m with ${hello}\n'; exit 3;
  '';
  dependent = build "dependent" "echo ${failing};";
  # Pages must show this as text, not as HTML.
  markup = program "markup" "" // {
    version = "<i>1</i>";
    meta.description = "<img src=x onerror=document.title='harmed'> & <b>bold</b>";
  };
  markup-log = build "markup-log" ''
    echo '<img src=x onerror=document.title="harmed"><script>document.title="harmed"</script>'; sleep 2; mkdir $out;
  '';
  # Prints about 25 MB.
  loud = build "loud" "seq -f '%.0f a line that is as long as lines of a log are, give or take a few words of it' 300000; mkdir $out;";
  downloaded = build "downloaded" "mkdir $out;";
  missing = import ./missing.nix;

  broken-package = refuseUnless (config.allowBroken or false) "broken-package-1.0" "is marked as broken" hello;
  unfree = refuseUnless (config.allowUnfree or false) "unfree-2.0" "has an unfree license (‘bsl11’)" hello;
  insecure =
    refuseUnless (builtins.elem "insecure-3.0" (config.permittedInsecurePackages or [ ])) "insecure-3.0"
      "is marked as insecure"
      hello;
  elsewhere =
    refuseUnless (config.allowUnsupportedSystem or false) "elsewhere-4.0"
      "is not available on the requested hostPlatform:\n  hostPlatform.system = \"x86_64-linux\"\n"
      hello;

  images.Web = {
    packages = [ hello ];
    entrypoint = [ "${World}/bin/world" ];
    cmd = [ "--port" "8080" ];
    env = {
      MODE = "test";
      HOME = "/srv";
      SETTINGS = "${./set.nix}";
    };
    user = "1000:100";
    workingDir = "/srv";
    labels."org.example.team" = "web },{ \"installables\":[\"x\"]";
    exposedPorts = [ 8080 "53/udp" ];
  };
  images.other = images.Web // { cmd = [ "--other" ]; };
  images.plain.packages = [ hello ];
  images.pretender = {
    packages = [ hello ];
    labels."cornice.packages" = "hello";
  };
  # A daemon's account and directories, as docs/names.md shows.
  images.daemon = {
    packages = [
      (build "accounts" ''
        mkdir -p $out/lib/sysusers.d $out/lib/tmpfiles.d;
        echo 'u keeper - "Keeper of things" /var/lib/keeper /bin/sh' > $out/lib/sysusers.d/keeper.conf;
        echo 'd %S/keeper 0700 keeper keeper' > $out/lib/tmpfiles.d/keeper.conf;
        echo 'd /var/run/keeper 2775 root keeper' >> $out/lib/tmpfiles.d/keeper.conf;
      '')
    ];
    user = "keeper";
  };
  images.text = "no image";
  images.package = hello;
  images.bad = {
    packages = [ "hello" ];
    entrypoint = "${hello}/bin/hello";
    cmd = [ 1 ];
    env."A=B" = "x";
    user = "a b";
    workingDir = "srv";
    labels = hello;
    exposedPorts = [ 65536 ];
    entrypiont = [ ];
  };
  images.refused = {
    packages = [ unfree ];
  };

  # Longer than the small limits of tests, than a client waits for a header, and than several redirects of a client.
  slow15 = slow "slow15" 15;
  slow40 = slow "slow40" 40;
  slow130 = slow "slow130" 130;
  # The sleep is a grandchild of Nix's builder, in the background like the daemons of real builds.
  # Tests find its processes by the salt.
  endless = build "endless" "sh -c 'sleep 98765; :' ${salt} & sh -c 'sleep 98765; :' ${salt};";
}
