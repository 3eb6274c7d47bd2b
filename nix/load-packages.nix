# The attribute set of a package source. The source is one of these:
#
#   { … }                                  a set
#   { system, config ? { }, … }: { … }     a function to a set, such as nixpkgs
#   { pkgs ? import <nixpkgs> { } }: { … } a function that wants a nixpkgs
#   pkgs: { … }                            the same
#   final: prev: { … }                     an overlay over a nixpkgs
#
# location: a folder or file of this machine, or a path in the Nix store
# nixpkgs:  a folder with the nixpkgs that the source gets, or "" if the operator names none
# config:   a JSON object: nixpkgs' configuration
{
  location,
  system,
  nixpkgs ? "",
  config ? "{}",
}:

let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    filter
    functionArgs
    head
    intersectAttrs
    isAttrs
    isFunction
    length
    split
    toXML
    typeOf
    ;

  # Absolute, so that `import` reads the files where they are instead of copying them to the store.
  imported = import (/. + location);

  # The values are fixed, so that nothing on the machine (such as the user's nixpkgs configuration) changes the result.
  arguments = {
    inherit system;
    config = builtins.fromJSON config;
    overlays = [ ];
  };
  nixpkgsWith = overlays: import (/. + nixpkgs) (arguments // { inherit overlays; });
  nixpkgsArguments = rec {
    pkgs = nixpkgsWith [ ];
    inherit (pkgs) lib;
  };
  hasNixpkgs = nixpkgs != "";
  known = arguments // (if hasNixpkgs then nixpkgsArguments else { });

  # Only the XML of a function tells `{ … }@args: …` and `args: …` apart. It has the head of the function alone.
  headOf =
    function:
    let
      xml = toXML function;
      has = text: length (split text xml) > 1;
    in
    {
      takesSet = has "<attrspat";
      takesFurther = has ''ellipsis="1"'';
      takesNixpkgs = has ''<varpat name="(pkgs|nixpkgs)"'';
    };

  # A function gets the arguments that it names. If it takes any further ones, it gets all that every nixpkgs takes.
  call =
    function:
    let
      named = functionArgs function;
      missing = filter (name: !named.${name} && !(known ? ${name})) (attrNames named);
      given = intersectAttrs named known // (if (headOf function).takesFurther then arguments else { });
    in
    if missing == [ ] then
      function given
    else if elem (head missing) [ "pkgs" "lib" ] then
      throw "the package set ${needs}"
    else
      throw "the package set is a function that wants ${concatStringsSep ", " missing}; it can have system, config, overlays, pkgs and lib";

  load =
    function:
    let
      result = function arguments;
    in
    if (headOf function).takesSet then
      call function
    else if (headOf function).takesNixpkgs then
      if hasNixpkgs then function nixpkgsArguments.pkgs else throw "the package set ${needs}"
    else if !isFunction result then
      result
    # An overlay has two arguments, and gives a set. Only nixpkgs can tell, because the set may depend on both.
    else if hasNixpkgs then
      nixpkgsWith [ function ]
    else
      throw "the package set is an overlay, so it ${needs}";

  needs = "needs a nixpkgs: the operator can name one with CORNICE_NIXPKGS";
  names = {
    bool = "a truth value";
    int = "a number";
    float = "a number";
    lambda = "a function to a function";
    list = "a list";
    null = "null";
    path = "a path";
    string = "a string";
  };

  set = if isFunction imported then load imported else imported;
in
if isAttrs set then
  set
else
  throw "the package source gives ${names.${typeOf set} or "something else"}; it must give a set of packages, or a function to one"
