# What a flake's lock file names, as prefixes for Nix's allowed-uris, separated by spaces.
#
# lock: the file's path
{ lock }:

let
  nodes = (builtins.fromJSON (builtins.readFile lock)).nodes or { };
  locked = builtins.filter builtins.isAttrs (builtins.catAttrs "locked" (builtins.attrValues nodes));

  # No `file`: what a lock file says must not open a repository of this machine.
  isRemote = url: builtins.match "(https?|ssh|git)://[^[:space:]]+" url != null;

  # Newer versions of Nix check the reference as a flake writes it, older ones the URL in it.
  uris =
    node:
    if node ? url then
      (if isRemote node.url then [ node.url "${node.type}+${node.url}" ] else [ ])
    else if node ? owner && node ? repo then
      [ "${node.type}:${node.owner}/${node.repo}" ]
    else
      [ ];
in
builtins.concatStringsSep " " (builtins.concatMap uris locked)
