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

  # The arguments of a nixpkgs-like function. It gets only the ones that it names. The values are fixed, so that
  # nothing on the machine (such as the user's nixpkgs configuration) changes the result.
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
