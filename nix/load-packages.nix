# The attribute set of a package source.
#
# location: a folder or file of this machine, or a path in the Nix store
# config:   a JSON object: nixpkgs' configuration
{
  location,
  system,
  config ? "{}",
}:

let
  # Absolute, so that `import` reads the files where they are instead of copying them to the store.
  imported = import (/. + location);

  # What a nixpkgs-like function may be given; it gets the ones that it names. Fixed values, so that
  # nothing of the machine (such as the user's nixpkgs configuration) changes the outcome.
  arguments = {
    inherit system;
    config = builtins.fromJSON config;
    overlays = [ ];
  };
in
if builtins.isFunction imported then
  imported (builtins.intersectAttrs (builtins.functionArgs imported) arguments)
else
  imported
