# Fetches the inputs that a flake's lock file pins into the Nix store. The evaluation of the flake, which follows,
# fetches nothing. This expression evaluates nothing of the flake.
#
# lock:    the path of the lock file
# overSsh: "true" for the inputs that come over SSH, "false" for all others
# answer:  how many inputs there are
{ lock, overSsh }:

let
  inherit (builtins) appendContext fetchTree filter length map match pathExists;
  inherit (import ./locked-inputs.nix { inherit lock; }) inputs;
  isOverSsh = { tree, ... }: match "ssh://.*" (tree.url or "") != null;
  wanted = filter (input: isOverSsh input == (overSsh == "true")) inputs;

  # Newer versions of Nix ask the network again for an input that is in the store.
  fetch =
    { path, tree }: if pathExists path then appendContext path { ${path}.path = true; } else (fetchTree tree).outPath;
in
import ./rooted.nix {
  answer = length wanted;
  strings = map fetch wanted;
}
