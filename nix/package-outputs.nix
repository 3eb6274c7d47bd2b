# Says what an image gets of the value that a name leads to. Pulls and the index of names must agree on it.
#
# result: { kindOf, outputsOf }
#   kindOf      value: "package", "foreign" (a package for another system), or "unsuitable" (no package)
#   outputsOf   { value, isOutput }: [{ derivation, output, path }], the outputs of a package that the image gets; `path` is
#               the store path that each must give. `isOutput` says that the name itself names an output
{ system }:

let
  inherit (builtins)
    all
    elem
    filter
    head
    isAttrs
    isList
    isString
    map
    tryEval
    ;

  # A list of strings that a package set gives. [] if it is something else, or if it throws.
  stringsOf =
    list:
    let
      strings = tryEval (if isList list && all isString list then list else [ ]);
    in
    if strings.success then strings.value else [ ];

  # The values for the outputs that the image gets. As in nixpkgs' buildEnv, `meta.outputsToInstall` decides, unless
  # somebody chose an output: in the name, or as the value of an image's package. If the package set names no output
  # that exists, it is the default output.
  outputsToInstall =
    { value, isOutput, ... }:
    let
      names = stringsOf (value.outputs or [ ]);
      own = value.outputName or "out";
      isSpecified = tryEval (value.outputSpecified or false == true);
      isChosen = isOutput || !isSpecified.success || isSpecified.value || (names != [ ] && own != head names);
      wanted = if isChosen then [ ] else stringsOf (value.meta.outputsToInstall or [ ]);
      isDerivation = name: tryEval (value.${name}.type or "" == "derivation");
      outputs = filter (name: elem name wanted && (isDerivation name).success && (isDerivation name).value) names;
    in
    if outputs == [ ] then [ value ] else map (name: if name == own then value else value.${name}) outputs;
in
{
  kindOf =
    value:
    if !isAttrs value || value.type or "" != "derivation" then
      "unsuitable"
    else if value.system or system != system then
      "foreign"
    else
      "package";

  outputsOf =
    found:
    map (value: {
      derivation = value.drvPath;
      output = value.outputName or "out";
      # Not named `outPath`: toJSON turns a set with an attribute of that name into a string.
      path = value.outPath;
    }) (outputsToInstall found);
}
