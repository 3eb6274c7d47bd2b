# A small derivation, to try whether Nix evaluates and builds here. Gives the path of the derivation.
#
# salt:    makes the derivation a new one, so that Nix builds it
# sandbox: "true" if builders run in Nix's sandbox. Otherwise the builder is a program of this machine, as packages are
#          that need such programs. If the builder runs in a sandbox nevertheless, it fails.
{
  salt,
  sandbox,
  system,
  location ? "",
  config ? "",
  rooted ? import ./rooted.nix,
}:

let
  sandboxed = {
    builder = "builtin:buildenv";
    derivations = "";
    manifest = "/dev/null";
  };
  onThisMachine = {
    builder = "/bin/sh";
    args = [
      "-c"
      "test -e /usr && echo >$out"
    ];
  };

  inherit
    (derivation (
      {
        name = "cornice-try-nix";
        inherit salt system;
      }
      // (if sandbox == "true" then sandboxed else onThisMachine)
    ))
    drvPath
    ;
in
rooted {
  answer = drvPath;
  strings = [ drvPath ];
}
