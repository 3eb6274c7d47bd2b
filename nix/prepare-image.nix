# Looks package names up, and returns their derivations. Mistakes in the names come back as data, so that one answer can
# name every mistake.
#
# packages: a JSON array of lower-case attribute paths
# image:    if not empty, replaces `packages`: the lower-case name of an attribute of the set's `images`, see
#           image-options.nix
# set:      the set in which names are looked up
# nixpkgs:  the folder of the nixpkgs that the set gets, see load-packages.nix
# config:   a JSON object: nixpkgs' configuration
# metadata: if not empty, a mark. Then a second result follows, as rooted.nix says: a list of { paths, metadata }, with the
#           store paths of each package in `found`, and what package-metadata.nix says of the package
# result:   { found, referred, unknown, names, ambiguous, unsuitable, foreign, options, problems }
#   found       [{ name, attribute, derivation, output, path, requested }]: outputs to realise; `path` is the store path
#               that each must give. A package has one item for each of its outputs that the image gets. For a package
#               of an image, `name` and `attribute` are both the package's own name
#   referred    further outputs to realise, see image-options.nix; only for an image
#   unknown     [{ name, depth, within }]: names that lead nowhere. `within` has no attribute for step number `depth`,
#               counted from 0. `within` is a dotted path that ends with a dot, or "" for the whole set
#   names       for each `within`, the names of its attributes; missing if no name is unknown
#   ambiguous   [{ name, candidates }]: names that fit several attributes, but none exactly
#   unsuitable  names of attributes that are not packages
#   foreign     names of packages for another system
#   options     the image's options; only for an image
#   problems    [{ field, must }]: what is wrong with the image's definition; only for an image
#
# The result comes through rooted.nix. So the derivations cannot vanish before Nix builds them.
{
  packages,
  image ? "",
  metadata ? "",
  system,
  location,
  nixpkgs ? "",
  config ? "{}",
  set ? import ./load-packages.nix { inherit location system nixpkgs config; },
  packageOutputs ? import ./package-outputs.nix,
  packageMetadata ? import ./package-metadata.nix,
  checkImage ? import ./image-options.nix,
  rooted ? import ./rooted.nix,
}:

let
  inherit (builtins)
    all
    attrNames
    concatMap
    elem
    elemAt
    filter
    foldl'
    fromJSON
    head
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

  inherit (packageOutputs { inherit system; }) kindOf outputsOf;

  characters = text: map (index: substring index 1 text) (builtins.genList (index: index) (stringLength text));
  lower = replaceStrings (characters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (characters "abcdefghijklmnopqrstuvwxyz");

  # The attributes of `set` that one step of a path can mean: the exact one, or else all that differ only in case.
  candidates =
    set: step:
    if set ? ${step} then
      [ step ]
    else
      let
        # Nix identifiers cannot start with a digit, so nixpkgs writes `_7zz`.
        spellings = [ step ] ++ (if match "[0-9].*" step == null then [ ] else [ "_${step}" ]);
      in
      filter (name: elem (lower name) spellings) (attrNames set);

  # Reads only names of attributes, and evaluates none of their values.
  unknownIn = state: {
    problem = "unknown";
    inherit (state) depth;
    within = state.attribute;
    names = if isAttrs state.value && !state.isLast then attrNames state.value else [ ];
  };

  # True if a step from `value` leads to an output of a derivation. No step may follow: an output has all attributes of
  # its derivation, so names could go on for ever.
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
          # If the value throws, it stays lazy here. It throws again later, and ends the evaluation with its message.
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
      else if kindOf end.value != "package" then
        { problem = kindOf end.value; }
      else
        {
          attribute = substring 0 (stringLength end.attribute - 1) end.attribute;
          inherit (end) value;
          isOutput = end.isLast;
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

  # The image's packages, in the form of packages that were found by name.
  imagePackages = map (value: {
    name = value.name;
    attribute = value.name;
    isOutput = false;
    inherit value;
  }) definition.value.packages;

  # Everything that was asked for, right or wrong.
  requested = if isImage then [ definition ] else map lookUp (fromJSON packages);
  isRight = all (found: !(found ? problem)) requested && length problems == 0;
  # Certificates and protocol names. Few programs work without them. An image gets them if the source has them.
  always = filter (found: !(found ? problem)) (
    map lookUp (
      filter (name: !(elem name (fromJSON packages))) [
        "cacert"
        "iana-etc"
      ]
    )
  );

  withProblem = problem: filter (found: found.problem or "" == problem) requested;

  describe =
    isRequested: found:
    map (
      output:
      output
      // {
        inherit (found) name attribute;
        requested = isRequested;
      }
    ) (outputsOf found);

  asked = if isImage then imagePackages else requested;
  chosen = concatMap (describe true) asked;
  # An image may already have them among its own packages.
  chosenPaths = map (item: item.path) chosen;
  common = concatMap (describe false) always;
  added = if isImage then filter (item: !(elem item.path chosenPaths)) common else common;
  # A derivation is costly to evaluate. If the answer is an error, nobody needs it.
  found = if isRight then chosen ++ added else [ ];

  tell = found: {
    paths = map (output: output.path) (outputsOf found);
    metadata = packageMetadata found.value;
  };
in
rooted {
  mark = metadata;
  extra = if metadata == "" then null else map tell (if isRight then asked ++ always else [ ]);
  strings =
    filter isString (map (item: item.derivation) found) ++ (if isImage && isRight then checked.strings else [ ]);
  answer =
    {
      inherit found;
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
    );
}
