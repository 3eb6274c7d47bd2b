# Looks package names up and tells the derivations behind them. All that is wrong with the names comes
# back as data, so that one answer can name every mistake.
#
# packages: a JSON array of lower-case attribute paths
# image:    or, where it is not empty, the lower-case name of an attribute of the set's `images`, see image-options.nix
# set:      where they are looked up
# config:   a JSON object: nixpkgs' configuration
# result:   { found, referred, unknown, names, ambiguous, unsuitable, foreign, options, problems }
#   found       [{ name, attribute, derivation, output, path, requested }]: what to realise, and the path that it must
#               give; a package of an image has its own name for both
#   referred    what else to realise, see image-options.nix; only for an image
#   unknown     [{ name, depth, within }]: names that lead nowhere; step number `depth`, counted from 0, is
#               none of `within`, a dotted path that ends with a dot, or "" for the whole set
#   names       for each such `within` the names of its attributes; left out when there is none
#   ambiguous   [{ name, candidates }]: names that fit several attributes but none exactly
#   unsuitable  names of attributes that are no packages
#   foreign     names of packages for another system
#   options     the image's options; only for an image
#   problems    [{ field, must }]: what is wrong with the image's definition; only for an image
{
  packages,
  image ? "",
  system,
  location,
  config ? "{}",
  set ? import ./load-packages.nix { inherit location system config; },
  checkImage ? import ./image-options.nix,
}:

let
  inherit (builtins)
    all
    attrNames
    elem
    elemAt
    filter
    foldl'
    fromJSON
    isAttrs
    isString
    length
    listToAttrs
    map
    match
    replaceStrings
    split
    stringLength
    substring
    tryEval
    ;

  characters = text: map (index: substring index 1 text) (builtins.genList (index: index) (stringLength text));
  lower = replaceStrings (characters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (characters "abcdefghijklmnopqrstuvwxyz");

  # The attributes of `set` that one step of a path can mean: the exact one, else those alike but for case.
  candidates =
    set: step:
    if set ? ${step} then
      [ step ]
    else
      let
        # Nix identifiers cannot start with a digit, so that nixpkgs writes `_7zz`.
        spellings = [ step ] ++ (if match "[0-9].*" step == null then [ ] else [ "_${step}" ]);
      in
      filter (name: elem (lower name) spellings) (attrNames set);

  # Names only: no value is evaluated.
  unknownIn = state: {
    problem = "unknown";
    inherit (state) depth;
    within = state.attribute;
    names = if isAttrs state.value && !state.isLast then attrNames state.value else [ ];
  };

  # Whether a step from `value` leads to an output of a derivation. Every output has the attributes of the whole: names
  # could go on for ever.
  isOutput =
    value: name:
    let
      found = tryEval (value.type or "" == "derivation" && elem name (value.outputs or [ "out" ]));
    in
    found.success && found.value;

  # Follows one step from `state`, which is { attribute, depth, value, isLast } or { problem, ... }.
  follow =
    state: step:
    if state ? problem then
      state
    else if state.isLast || !isAttrs state.value then
      unknownIn state
    else
      let
        names = candidates state.value step;
        name = elemAt names 0;
        value = tryEval state.value.${name};
      in
      if names == [ ] then
        unknownIn state
      else if length names > 1 then
        {
          problem = "ambiguous";
          candidates = map (name: state.attribute + name) names;
        }
      else
        {
          attribute = "${state.attribute}${name}.";
          depth = state.depth + 1;
          isLast = isOutput state.value name;
          # What throws on the way is left for the whole package to throw, where it ends the evaluation with its message.
          value = if value.success then value.value else state.value.${name};
        };

  start = {
    attribute = "";
    depth = 0;
    isLast = false;
    value = set;
  };

  lookUp =
    name:
    let
      end = foldl' follow start (filter isString (split "\\." name));
    in
    { inherit name; }
    // (
      if end ? problem then
        end
      else if !isAttrs end.value || end.value.type or "" != "derivation" then
        { problem = "unsuitable"; }
      else if end.value.system or system != system then
        { problem = "foreign"; }
      else
        {
          attribute = substring 0 (stringLength end.attribute - 1) end.attribute;
          inherit (end) value;
        }
    );

  lookUpImage =
    name:
    let
      images = {
        attribute = "images.";
        depth = 0;
        isLast = false;
        value = set.images or { };
      };
      end = follow images name;
    in
    { inherit name; }
    // (
      if end ? problem then
        end
      else if !isAttrs end.value || end.value.type or "" == "derivation" then
        { problem = "unsuitable"; }
      else
        { inherit (end) value; }
    );

  isImage = image != "";
  definition = lookUpImage image;
  checked = checkImage {
    inherit system;
    definition = definition.value;
  };
  problems = if isImage && !(definition ? problem) then checked.problems else [ ];

  # As if they had been found by their names.
  imagePackages = map (value: {
    name = value.name;
    attribute = value.name;
    inherit value;
  }) definition.value.packages;

  # All that was asked for, right or wrong.
  requested = if isImage then [ definition ] else map lookUp (fromJSON packages);
  isRight = all (found: !(found ? problem)) requested && length problems == 0;
  # Certificates and protocol names, which hardly any program works without: there when the source has them.
  always = filter (found: !(found ? problem)) (
    map lookUp (
      filter (name: !(elem name (fromJSON packages))) [
        "cacert"
        "iana-etc"
      ]
    )
  );

  withProblem = problem: filter (found: found.problem or "" == problem) requested;

  describe = isRequested: found: {
    inherit (found) name attribute;
    derivation = found.value.drvPath;
    output = found.value.outputName or "out";
    # Not `outPath`: a set with that name would become a string in JSON.
    path = found.value.outPath;
    requested = isRequested;
  };

  chosen = if isImage then imagePackages else requested;
  # An image may have them among its own packages.
  chosenPaths = map (found: found.value.outPath) imagePackages;
  added = if isImage then filter (found: !(elem found.value.outPath chosenPaths)) always else always;
in
{
  # A derivation is costly to evaluate: no use when the answer is an error anyway.
  found = if isRight then map (describe true) chosen ++ map (describe false) added else [ ];
  unknown = map (found: { inherit (found) name depth within; }) (withProblem "unknown");
  ambiguous = map (found: { inherit (found) name candidates; }) (withProblem "ambiguous");
  unsuitable = map (found: found.name) (withProblem "unsuitable");
  foreign = map (found: found.name) (withProblem "foreign");
}
// (
  if length (withProblem "unknown") == 0 then
    { }
  else
    {
      names = listToAttrs (
        map (found: {
          name = found.within;
          value = found.names;
        }) (withProblem "unknown")
      );
    }
)
// (
  if isImage then
    {
      inherit problems;
      options = if isRight then checked.options else { };
      referred = if isRight then checked.referred else [ ];
    }
  else
    { }
)
