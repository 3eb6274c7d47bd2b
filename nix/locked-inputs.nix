# The inputs that a flake's lock file pins, without folders of the flake.
#
# lock:   the path of the lock file
# result: { inputs, uris }
#   inputs  [{ path, tree }]: the path in the Nix store that the input has, and the argument for `fetchTree`
#   uris    the same inputs, as prefixes for Nix's allowed-uris
{ lock }:

let
  inherit (builtins)
    attrValues
    catAttrs
    elem
    filter
    intersectAttrs
    isAttrs
    isString
    listToAttrs
    map
    match
    ;

  nodes = (builtins.fromJSON (builtins.readFile lock)).nodes or { };
  locked = filter isAttrs (catAttrs "locked" (attrValues nodes));

  # `file` is not in the list: a lock file must not make Nix open a repository on this machine.
  isRemote = url: isString url && match "(https?|ssh|git)://[^[:space:]]+" url != null;
  isHosted = node: elem (node.type or null) [ "github" "gitlab" "sourcehut" ] && node ? owner && node ? repo;
  isPinned = node: isString (node.narHash or null) && (if node ? url then isRemote node.url else isHosted node);

  # Only these attributes choose the tree. Older versions of Nix refuse attributes that newer ones write, such as `rev`
  # of an archive. All versions compare the hash.
  choosing = listToAttrs (
    map (name: { inherit name; value = null; }) [
      "host"
      "narHash"
      "owner"
      "ref"
      "repo"
      "rev"
      "type"
      "url"
    ]
  );
  # These make another tree if they are true. Otherwise they may be unknown to the Nix at hand.
  switches = node: listToAttrs (
    map (name: { inherit name; value = true; }) (
      filter (name: node.${name} or false == true) [ "exportIgnore" "lfs" "submodules" ]
    )
  );
  treeOf =
    node:
    if node ? url && node.type != "git" then
      { inherit (node) narHash type url; }
    else if node.type == "git" then
      # Without a branch, the commit can be on any.
      intersectAttrs choosing node // switches node // (if node ? ref then { } else { allRefs = true; })
    else
      removeAttrs (intersectAttrs choosing node) [ "ref" ];

  # The path that every tree with this hash has.
  pathOf =
    narHash:
    builtins.unsafeDiscardStringContext
      (derivation {
        name = "source";
        system = "none";
        builder = "none";
        outputHashMode = "recursive";
        outputHashAlgo = "sha256";
        outputHash = narHash;
      }).outPath;

  inputs = filter isPinned locked;

  # Newer versions of Nix check the reference as a flake writes it. Older versions check the URL in it.
  urisOf =
    node:
    if node ? url then
      [ node.url "${node.type}+${node.url}" ]
    else
      [ "${node.type}:${node.owner}/${node.repo}" ];
in
{
  inputs = map (node: {
    path = pathOf node.narHash;
    tree = treeOf node;
  }) inputs;
  uris = builtins.concatMap urisOf inputs;
}
