# The inputs that a flake's lock file pins, without inputs on this machine.
#
# lock:   the path of the lock file
# result: { inputs, uris }
#   inputs  locked references
#   uris    the same inputs, as prefixes for Nix's allowed-uris
{ lock }:

let
  nodes = (builtins.fromJSON (builtins.readFile lock)).nodes or { };
  locked = builtins.filter builtins.isAttrs (builtins.catAttrs "locked" (builtins.attrValues nodes));

  # `file` is not in the list: a lock file must not make Nix open a repository on this machine.
  isRemote = url: builtins.isString url && builtins.match "(https?|ssh|git)://[^[:space:]]+" url != null;
  isHosted = node: builtins.elem (node.type or null) [ "github" "gitlab" "sourcehut" ] && node ? owner && node ? repo;

  inputs = builtins.filter (node: if node ? url then isRemote node.url else isHosted node) locked;

  # Newer versions of Nix check the reference as a flake writes it. Older versions check the URL in it.
  urisOf =
    node:
    if node ? url then
      [ node.url "${node.type}+${node.url}" ]
    else
      [ "${node.type}:${node.owner}/${node.repo}" ];
in
{
  inherit inputs;
  uris = builtins.concatMap urisOf inputs;
}
