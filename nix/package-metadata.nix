# Says what a package set tells of a package, for bills of materials. An error that tryEval does not catch, such as a missing
# attribute, ends the evaluation. So callers tell everything else before.
#
# result: value: { license, homepage, cpe }, each only if the set tells it
#   license   a list; each item is a text, or { spdxId, fullName, shortName } with the texts that the set tells
#   homepage  a list of texts
#   cpe       nixpkgs since 25.11 writes it if it knows all parts of the name
let
  inherit (builtins)
    concatMap
    elemAt
    genList
    isAttrs
    isList
    isString
    length
    listToAttrs
    stringLength
    tryEval
    unsafeDiscardStringContext
    ;

  # The readers of bills have the same limits.
  maxItems = 100;
  maxLength = 1000;

  attempt = default: value: (x: if x.success then x.value else default) (tryEval value);

  # [] for something else than a text, or for a text that is too long.
  text =
    value:
    attempt [ ] (
      if isString value && stringLength value <= maxLength then [ (unsafeDiscardStringContext value) ] else [ ]
    );

  items =
    value:
    let
      list = attempt [ ] (if isList value then value else [ value ]);
      count = length list;
    in
    genList (elemAt list) (if count > maxItems then maxItems else count);

  # The members of a set that have a value: a list with one item.
  members =
    values:
    listToAttrs (
      concatMap (
        name: map (value: { inherit name value; }) values.${name}
      ) (builtins.attrNames values)
    );

  license =
    value:
    if attempt false (isAttrs value) then
      [
        (members {
          spdxId = text (value.spdxId or null);
          fullName = text (value.fullName or null);
          shortName = text (value.shortName or null);
        })
      ]
    else
      text value;

  some = list: if list == [ ] then [ ] else [ list ];
in
value:
let
  meta = attempt { } (if isAttrs (value.meta or { }) then value.meta or { } else { });
in
members {
  license = some (concatMap license (items (meta.license or [ ])));
  homepage = some (concatMap text (items (meta.homepage or [ ])));
  cpe = text (meta.identifiers.cpe or null);
}
