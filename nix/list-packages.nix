# Walks a package set, and prints its packages at once, line by line, with builtins.trace. An attribute can end the
# evaluation: tryEval catches a throw, but neither an infinite recursion nor a missing attribute. Then the lines so far
# say where that was, and the next call goes on after the bad attribute.
#
# set:       the set to walk. As in nix-env, a set in it is entered only if it has recurseForDerivations = true
# mark:      the prefix of the lines below
# outcomes:  "true" if the lines say what a pull of each attribute gives. This evaluates the derivation of each package
# result:    { walk, explain }
#   walk     a JSON object { start, end, count }
#     start  where to begin, as in an `at` line; [] for the beginning
#     end    the index in the whole set at which the walk ends
#     count  how many attributes to look at
#   explain  a JSON array of attribute names. Prints the outcome of this attribute alone, or ends with its error
# lines:     JSON
#   { names }        the attribute names of a set that is entered now: the whole set, or the set at the last `at`
#   { at }           the place of the current attribute: its index in the names of each set on the way
#   { package }      the attribute is a package for `system`, and the configuration allows it; the value is its version
#   { description }  the description of the same package
#   { outcome }      "foreign" or "unsuitable", see package-outputs.nix; "failed" if the evaluation throws
#   { outputs }      the outputs of a package, see package-outputs.nix
#   { metadata }     what package-metadata.nix says of the package; the last line about it, because an error here must not
#                    take the others away
#   { more }         where to go on, because `count` attributes were looked at
#   { listed }       the walk has come to its end, or to `more`
{
  mark,
  outcomes,
  system,
  location,
  nixpkgs ? "",
  config ? "{}",
  set ? import ./load-packages.nix { inherit location system nixpkgs config; },
  packageOutputs ? import ./package-outputs.nix,
  packageMetadata ? import ./package-metadata.nix,
}:

let
  inherit (builtins)
    attrNames
    deepSeq
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
  inherit (packageOutputs { inherit system; }) kindOf outputsOf;

  # Without a limit, a set that contains itself would be entered for ever.
  maxDepth = 4;

  tell = value: next: trace "${mark}${toJSON value}" next;
  attempt = default: value: (x: if x.success then x.value else default) (tryEval value);
  text = value: attempt "" (if isString value then value else "");
  tellOutcome = value: next: if outcomes == "true" then tell value next else next;

  outputsFor =
    value:
    outputsOf {
      inherit value;
      isOutput = false;
    };

  # nixpkgs computes `available` from its configuration: licence, platform, broken, insecure.
  isServed = value: attempt false (value ? drvPath && value ? outPath) && attempt true (value.meta.available or true != false);

  isEntered = depth: value: isAttrs value && depth < maxDepth && attempt false (value.recurseForDerivations or false == true);

  # These functions return how many attributes are still to look at. A negative number ends the walk.
  describe =
    value: left:
    if isServed value then
      tell { package = text (value.version or (parseDrvName (value.name or "")).version); } (
        tell { description = text (value.meta.description or ""); } left
      )
    else
      left;

  tellOutputs =
    value: left:
    if outcomes != "true" then
      left
    else
      let
        outputs = tryEval (deepSeq (outputsFor value) (outputsFor value));
      in
      if outputs.success then
        tell { outputs = outputs.value; } (tell { metadata = packageMetadata value; } left)
      else
        tell { outcome = "failed"; } left;

  look =
    place: value: start: left:
    let
      kind = attempt "failed" (kindOf value);
    in
    if kind == "package" then
      describe value (tellOutputs value left)
    else
      tellOutcome { outcome = kind; } (
        if kind == "unsuitable" && isEntered (length place) value then walk place value start (-1) left else left
      );

  # `end` is -1 for the end of the set.
  walk =
    place: set: start: end: left:
    let
      names = attrNames set;
      isBeginning = start == [ ];
      first = if isBeginning then 0 else head start;
      last = if end >= 0 && end < length names then end else length names;
      remaining = if last > first then last - first else 0;
      # One more than the walk looks at, because the last one is where to go on.
      reached = if remaining > left then left + 1 else remaining;
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
      left' = foldl' visit left (genList (offset: offset) reached);
    in
    if isBeginning then tell { inherit names; } left' else left';
in
{
  walk =
    job:
    let
      inherit (fromJSON job) start end count;
    in
    builtins.seq (walk [ ] set start end count) (tell { listed = true; } null);

  explain =
    path:
    let
      value = foldl' (value: name: value.${name}) set (fromJSON path);
      kind = kindOf value;
    in
    tell (if kind == "package" then { outputs = outputsFor value; } else { outcome = kind; }) null;
}
