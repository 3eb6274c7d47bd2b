# Fetches the inputs that a flake's lock file pins into the Nix store. The evaluation of the flake, which follows,
# fetches nothing. This expression evaluates nothing of the flake.
#
# lock:    the path of the lock file
# overSsh: "true" for the inputs that come over SSH, "false" for all others
{ lock, overSsh }:

let
  inherit (import ./locked-inputs.nix { inherit lock; }) inputs;
  isOverSsh = input: builtins.match "ssh://.*" (input.url or "") != null;
  wanted = builtins.filter (input: isOverSsh input == (overSsh == "true")) inputs;
in
map (input: (builtins.fetchTree input).outPath) wanted
