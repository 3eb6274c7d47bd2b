# The part of nixpkgs' module system that nix/module.nix uses, and no more. Returns what the module defines, for the values
# of the option services.cornice in `definition`. Options that do not exist and values of other types are errors.
# https://nixos.org/manual/nixos/stable/#sec-writing-modules
{ module, definition }:
let
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    concatMap
    filter
    foldl'
    hasAttr
    intersectAttrs
    isAttrs
    isList
    isString
    mapAttrs
    split
    ;

  lib = rec {
    mkOption = option: option // { _type = "option"; };
    mkEnableOption =
      what:
      mkOption {
        type = types.bool;
        default = false;
        description = what;
      };
    mkIf = condition: content: {
      _type = "if";
      inherit condition content;
    };
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    optional = condition: value: if condition then [ value ] else [ ];
    boolToString = value: if value then "true" else "false";
    splitString = separator: text: filter isString (split separator text);
    # A type is a function that says whether a value has it.
    types = {
      str = isString;
      int = builtins.isInt;
      bool = builtins.isBool;
      oneOf = kinds: value: any (kind: kind value) kinds;
      nullOr = kind: value: value == null || kind value;
      attrsOf = kind: value: isAttrs value && all kind (attrValues value);
    };
  };

  typeOf = value: if isAttrs value then value._type or "" else "";

  # The plain definitions in a tree of conditions.
  flatten =
    value:
    if typeOf value == "if" then
      (if value.condition then flatten value.content else [ ])
    else if typeOf value == "merge" then
      concatMap flatten value.contents
    else
      [ value ];

  merge =
    a: b:
    if isAttrs a && isAttrs b then
      a // b // mapAttrs (name: value: merge value b.${name}) (intersectAttrs b a)
    else if isList a && isList b then
      a ++ b
    else
      throw "two definitions of one option";

  valueOf =
    path: option: given:
    if typeOf option == "option" then
      (if option.type given then given else throw "the option ${path} has a value of another type")
    else
      valuesOf path option given;

  valuesOf =
    path: options: given:
    let
      unknown = filter (name: !hasAttr name options) (attrNames given);
      default = option: if typeOf option == "option" then option.default else { };
    in
    if unknown != [ ] then
      throw "there is no option ${path}.${builtins.head unknown}"
    else
      mapAttrs (name: option: valueOf "${path}.${name}" option (given.${name} or (default option))) options;

  evaluated = import module {
    inherit lib;
    config = {
      nix.package = "/packages/nix";
      services.cornice = valuesOf "services.cornice" evaluated.options.services.cornice definition;
    };
    # Any package is a path with its name.
    pkgs = mapAttrs (name: _: "/packages/${name}") {
      bubblewrap = null;
      diffutils = null;
      git = null;
      openssh = null;
      tini = null;
      util-linux = null;
    };
  };
in
foldl' merge { } (flatten evaluated.config)
