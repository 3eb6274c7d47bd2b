# The attribute set of a package source.
#
# kind = "path":     location is a folder or file of this machine
# kind = "git":      location is a repository's URL, revision a commit that its HEAD leads to
# kind = "tarball":  location is the URL of an archive of one revision
{
  kind,
  location,
  revision,
  system,
}:

let
  # Absolute, so that `import` reads the files where they are instead of copying them to the store.
  sources = {
    path = /. + location;
    git = builtins.fetchGit {
      url = location;
      rev = revision;
      ref = "HEAD";
    };
    tarball = builtins.fetchTarball location;
  };

  imported = import sources.${kind};

  # What a nixpkgs-like function may be given; it gets the ones that it names. Fixed values, so that
  # nothing of the machine (such as the user's nixpkgs configuration) changes the outcome.
  arguments = {
    inherit system;
    config = { };
    overlays = [ ];
  };
in
if builtins.isFunction imported then
  imported (builtins.intersectAttrs (builtins.functionArgs imported) arguments)
else
  imported
