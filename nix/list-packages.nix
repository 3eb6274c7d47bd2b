# Walks a package set and tells its packages, one line each as it comes to them, by way of builtins.trace: tryEval
# catches what throws, but nothing catches an infinite recursion or a missing attribute, which ends the evaluation.
# The lines before it say where that was, and the next call goes on behind.
#
# set:     what is walked; sets in it only where they say recurseForDerivations = true, as with nix-env
# start:   a JSON array of numbers: where to begin, as a line `at` told it; [] for the beginning
# count:   how many attributes to look at
# mark:    what lines of ours begin with
# lines:   JSON
#   { names }        the attributes of the set that is entered: the whole, or the one that the last `at` is about
#   { at }           the place that is looked at now: an index into the names of each set on the way
#   { package }      it is a package for `system` that the configuration allows; its version
#   { description }  of the same
#   { more }         where to go on: so many attributes were looked at
{
  start,
  count,
  mark,
  system,
  location,
  config ? "{}",
  set ? import ./load-packages.nix { inherit location system config; },
}:

let
  inherit (builtins)
    attrNames
    elemAt
    foldl'
    fromJSON
    genList
    head
    isAttrs
    isString
    length
    parseDrvName
    tail
    toJSON
    trace
    tryEval
    ;

  # A set that holds itself would be entered for ever.
  maxDepth = 4;

  tell = value: next: trace "${mark}${toJSON value}" next;
  attempt = default: value: (x: if x.success then x.value else default) (tryEval value);
  text = value: attempt "" (if isString value then value else "");

  kind =
    depth: value:
    if !isAttrs value then
      "other"
    else if value.type or "" == "derivation" && value ? drvPath && value ? outPath then
      "package"
    else if value.recurseForDerivations or false == true && depth < maxDepth then
      "set"
    else
      "other";

  # nixpkgs works out `available` from its configuration: licence, platform, broken, insecure.
  isServed = value: attempt false (value.system or system == system) && attempt true (value.meta.available or true != false);

  # These three return how many attributes are left to look at; less than none when that is over.
  describe =
    value: left:
    if isServed value then
      tell { package = text (value.version or (parseDrvName (value.name or "")).version); } (
        tell { description = text (value.meta.description or ""); } left
      )
    else
      left;

  look =
    place: value: start: left:
    let
      found = attempt "other" (kind (length place) value);
    in
    if found == "package" then
      describe value left
    else if found == "set" then
      walk place value start left
    else
      left;

  walk =
    place: set: start: left:
    let
      names = attrNames set;
      isBeginning = start == [ ];
      first = if isBeginning then 0 else head start;
      remaining = if length names > first then length names - first else 0;
      visit =
        left: offset:
        let
          index = first + offset;
          here = place ++ [ index ];
        in
        if left < 0 then
          left
        else if left == 0 then
          tell { more = here; } (-1)
        else
          tell { at = here; } (
            look here set.${elemAt names index} (if offset == 0 && !isBeginning then tail start else [ ]) (left - 1)
          );
      left' = foldl' visit left (genList (offset: offset) remaining);
    in
    if isBeginning then tell { inherit names; } left' else left';
in
walk [ ] set (fromJSON start) (fromJSON count) >= 0
