# Walks a package set, and prints its packages at once, line by line, with builtins.trace. An attribute can end the
# evaluation: tryEval catches a throw, but neither an infinite recursion nor a missing attribute. Then the lines so far
# say where that was, and the next call goes on after the bad attribute.
#
# set:     the set to walk. As in nix-env, a set in it is entered only if it has recurseForDerivations = true
# mark:    the prefix of the lines below
# result:  a function of start and count
#   start  a JSON array of numbers: where to begin, as in an `at` line; [] for the beginning
#   count  how many attributes to look at
# lines:   JSON
#   { names }        the attribute names of a set that is entered now: the whole set, or the set at the last `at`
#   { at }           the place of the current attribute: its index in the names of each set on the way
#   { package }      the attribute is a package for `system`, and the configuration allows it; the value is its version
#   { description }  the description of the same package
#   { more }         where to go on, because `count` attributes were looked at
#   { listed }       the walk has come to its end, or to `more`
{
  mark,
  system,
  location,
  nixpkgs ? "",
  config ? "{}",
  set ? import ./load-packages.nix { inherit location system nixpkgs config; },
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

  # Without a limit, a set that contains itself would be entered for ever.
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

  # nixpkgs computes `available` from its configuration: licence, platform, broken, insecure.
  isServed = value: attempt false (value.system or system == system) && attempt true (value.meta.available or true != false);

  # These three functions return how many attributes are still to look at. A negative number ends the walk.
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
start: count: builtins.seq (walk [ ] set (fromJSON start) count) (tell { listed = true; } null)
