# Copies a folder into the Nix store. Its name there is the one that Nix gives to sources that it fetches.
#
# folder: an absolute path
# answer: the store path
{ folder }:

let
  stored = builtins.path {
    path = /. + folder;
    name = "source";
  };
in
import ./rooted.nix {
  answer = stored;
  strings = [ "${stored}" ];
}
