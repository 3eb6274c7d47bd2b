# The attribute set of a flake: its `packages` and its `legacyPackages`. If both have a name, `packages` wins.
#
# All versions of Nix must give the same result. So this expression resolves the lock file itself. It fetches nothing:
# the flake and all inputs are in the Nix store already.
#
#   lock file                                    here
#   root   inputs: a = "a", b = "b"              sources.root   the flake itself
#   a      locked: github ...                    sources.a      a path in the Nix store
#   b      locked: path ./b; inputs: c = ["a"]   sources.b      a folder of the flake; its c is the flake's a
#
# narHash: the hash of the flake's folder
{ narHash, system }:

let
  inherit (builtins)
    attrNames
    concatStringsSep
    filter
    foldl'
    fromJSON
    functionArgs
    head
    isAttrs
    isFunction
    isList
    isString
    map
    mapAttrs
    match
    pathExists
    readFile
    removeAttrs
    substring
    ;

  # Finds a path by its hash. The address is never asked, because the path is in the store.
  stored =
    hash:
    fetchTarball {
      name = "source";
      url = "https://input.invalid/";
      sha256 = hash;
    };

  root = stored narHash;
  lockFile = root + "/flake.lock";
  lock =
    if pathExists lockFile then
      fromJSON (readFile lockFile)
    else
      {
        nodes.root = { };
        root = "root";
      };

  isRelative = locked: locked.type or "" == "path" && isString (locked.path or null) && match "/.*" locked.path == null;

  # The node that a list of input names leads to, from the flake itself on.
  nodeAt = foldl' (key: name: resolve lock.nodes.${key}.inputs.${name}) lock.root;
  # An input is the key of a node, or a list of input names (`follows`).
  resolve = input: if isList input then nodeAt input else input;

  # Older versions of Nix do not write `parent`. There, a relative path belongs to the only node that has it as input.
  parentOf =
    key:
    let
      inputs = node: map (name: node.inputs.${name}) (attrNames (node.inputs or { }));
      hasIt = candidate: builtins.elem key (inputs lock.nodes.${candidate});
    in
    if lock.nodes.${key} ? parent then nodeAt lock.nodes.${key}.parent else head (filter hasIt (attrNames lock.nodes));

  pad = number: substring (if number < 10 then 0 else 1) 2 "0${toString number}";

  # As 20251129124500, from seconds since 1970: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
  dateOf =
    seconds:
    let
      rest = a: b: a - b * (a / b);
      days = seconds / 86400 + 719468;
      era = days / 146097;
      ofEra = rest days 146097;
      year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
      ofYear = ofEra - (365 * year + year / 4 - year / 100);
      shifted = (5 * ofYear + 2) / 153;
      month = if shifted < 10 then shifted + 3 else shifted - 9;
      second = rest seconds 86400;
    in
    concatStringsSep "" (
      [ (toString (year + era * 400 + (if month <= 2 then 1 else 0))) ]
      ++ map pad [
        month
        (ofYear - (153 * shifted + 2) / 5 + 1)
        (second / 3600)
        (rest second 3600 / 60)
        (rest second 60)
      ]
    );

  # What Nix tells about a source that it has fetched.
  describe =
    locked:
    {
      inherit (locked) narHash;
      outPath = stored locked.narHash;
    }
    // (if locked ? rev then { inherit (locked) rev; shortRev = substring 0 7 locked.rev; } else { })
    // (if locked ? revCount then { inherit (locked) revCount; } else { })
    // (
      if locked ? lastModified then
        {
          inherit (locked) lastModified;
          lastModifiedDate = dateOf locked.lastModified;
        }
      else
        { }
    )
    // (if locked.type or "" == "git" then { submodules = locked.submodules or false; } else { });

  sources = mapAttrs (
    key: node:
    let
      locked = node.locked or { };
      parent = sources.${parentOf key};
      sourceInfo =
        if key == lock.root then
          # Newer versions of Nix give this day to a flake in the store.
          describe {
            inherit narHash;
            lastModified = 0;
          }
        else if isRelative locked then
          parent.sourceInfo // { outPath = parent.outPath + "/${locked.path}"; }
        else if locked.type or "" == "path" then
          throw "the input ${key} of the flake is a folder of the machine that locked it (${toString locked.path}): use a git, github or tarball input"
        else
          describe locked;
      folder = if key == lock.root then "" else locked.dir or "";
      outPath = sourceInfo.outPath + (if folder == "" then "" else "/${folder}");
      plain = sourceInfo // {
        inherit outPath sourceInfo;
      };
      flake = import (outPath + "/flake.nix");
      inputs = mapAttrs (_: input: sources.${resolve input}.value) (node.inputs or { });
      result =
        outputs
        // plain
        // {
          inherit inputs outputs;
          _type = "flake";
        };
      arguments = if isFunction flake.outputs then functionArgs flake.outputs else { };
      known = inputs // { self = result; };
      missing = filter (name: !(known ? ${name}) && !(arguments.${name} or false)) (
        attrNames ((flake.inputs or { }) // arguments)
      );
      outputs =
        if missing == [ ] then
          flake.outputs known
        else
          throw "flake.lock does not pin the input ${concatStringsSep ", " missing}: run `nix flake lock`, and commit flake.lock";
    in
    {
      inherit sourceInfo outPath;
      value = if node.flake or true then result else plain;
    }
  ) lock.nodes;

  inherit (sources.${lock.root}.value) outputs;
in
(outputs.legacyPackages.${system} or { }) // (outputs.packages.${system} or { })
