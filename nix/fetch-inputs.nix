# Fetches what a flake's lock file pins, so that it is in the Nix store when the flake is evaluated, where nothing is
# fetched any more. Evaluated by itself: nothing of the flake is.
#
# lock:    the file's path
# overSsh: "true" for the inputs that come over SSH, "false" for all others
{ lock, overSsh }:

let
  inherit (import ./locked-inputs.nix { inherit lock; }) inputs;
  isOverSsh = input: builtins.match "ssh://.*" (input.url or "") != null;
  wanted = builtins.filter (input: isOverSsh input == (overSsh == "true")) inputs;
in
map (input: (builtins.fetchTree input).outPath) wanted
