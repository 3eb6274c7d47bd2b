# Checks the definition of an image. Mistakes in it come back as data.
#
# definition: an attribute set with `packages`, and any of the other fields below
# system:     the system that its packages must be for
# result:     { problems, options, referred, strings }
#   problems      [{ field, must }]: fields with a wrong value, and fields that no image has
#   options       all fields except packages; ports as PORT/PROTOCOL
#   referred      [{ path, output }]: store paths that strings of the options refer to; `output` is the output of a
#                 derivation, or null
#   strings       the strings with these references
{ definition, system }:

let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatLists
    concatMap
    concatStringsSep
    fromJSON
    getContext
    isAttrs
    isInt
    isList
    isString
    length
    map
    mapAttrs
    match
    removeAttrs
    stringLength
    substring
    ;

  # The registry sets labels with this prefix itself. They decide who may pull an image.
  ownLabels = "cornice.";

  isStrings = value: isList value && all isString value;
  isStringSet = value: isAttrs value && (value.type or "") != "derivation" && all isString (attrValues value);
  isPackage = value: isAttrs value && value.type or "" == "derivation" && value.system or system == system;
  isPort = number: number >= 1 && number <= 65535;
  # Returns PORT/PROTOCOL, or null if the value is not a port.
  parsePort =
    value:
    let
      parts = match "([1-9][0-9]{0,4})(/(tcp|udp|sctp))?" value;
      protocol = builtins.elemAt parts 2;
    in
    if isInt value then
      (if isPort value then "${toString value}/tcp" else null)
    else if !isString value || parts == null || !isPort (fromJSON (builtins.head parts)) then
      null
    else
      "${builtins.head parts}/${if protocol == null then "tcp" else protocol}";

  fields = {
    packages = {
      must = "be a list of at least one package for ${system}";
      holds = value: isList value && length value > 0 && all isPackage value;
    };
    entrypoint = {
      must = "be a list of strings";
      holds = isStrings;
    };
    cmd = {
      must = "be a list of strings";
      holds = isStrings;
    };
    env = {
      must = "be an attribute set of strings whose names have no \"=\"";
      holds = value: isStringSet value && all (name: match "[^=]+" name != null) (attrNames value);
    };
    user = {
      must = "be a string: the name or number of a user, or USER:GROUP";
      holds = value: isString value && match "[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?" value != null;
    };
    workingDir = {
      must = "be a string: an absolute path";
      holds = value: isString value && substring 0 1 value == "/";
    };
    labels = {
      must = "be an attribute set of strings whose names do not begin with \"${ownLabels}\"";
      holds = value: isStringSet value && all (name: substring 0 (stringLength ownLabels) name != ownLabels) (attrNames value);
    };
    exposedPorts = {
      must = "be a list of ports from 1 to 65535, such as 8080 or \"53/udp\"";
      holds = value: isList value && all (port: parsePort port != null) value;
    };
  };

  check =
    field:
    if !fields ? ${field} then
      [
        {
          inherit field;
          must = "not be there; an image has ${concatStringsSep ", " (attrNames fields)}";
        }
      ]
    else if fields.${field}.holds definition.${field} then
      [ ]
    else
      [
        {
          inherit field;
          inherit (fields.${field}) must;
        }
      ];

  given = removeAttrs definition [ "packages" ];

  stringsIn =
    value:
    if isList value then
      concatMap stringsIn value
    else if isAttrs value then
      concatMap stringsIn (attrValues value)
    else if isString value then
      [ value ]
    else
      [ ];

  strings = stringsIn (attrValues given);

  referencesOf =
    string:
    let
      context = getContext string;
    in
    concatLists (
      map (
        path:
        map (output: { inherit path output; }) (context.${path}.outputs or [ ])
        ++ (if context.${path}.path or false then [ { inherit path; output = null; } ] else [ ])
      ) (attrNames context)
    );
in
{
  problems =
    concatMap check (attrNames definition)
    ++ (if definition ? packages then [ ] else [ { field = "packages"; inherit (fields.packages) must; } ]);
  options = mapAttrs (field: value: if field == "exposedPorts" then map parsePort value else value) given;
  referred = concatMap referencesOf strings;
  inherit strings;
}
