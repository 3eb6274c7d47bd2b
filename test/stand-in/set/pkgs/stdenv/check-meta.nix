{ lib, config, system }:
{ name, meta, file }:
let
  isUnfree = meta.license.free or true == false;
  permitted = config.permittedInsecurePackages or [ ];
  reason =
    if isUnfree && !(config.allowUnfree or false) then "has an unfree license (‘${meta.license.shortName}’)"
    else if meta.broken or false && !(config.allowBroken or false) then "is marked as broken"
    else if meta ? platforms && !(builtins.elem system meta.platforms) && !(config.allowUnsupportedSystem or false) then "is not available on the requested hostPlatform:\n  hostPlatform.system = \"${system}\""
    else if meta.knownVulnerabilities or [ ] != [ ] && !(builtins.elem name permitted) then "is marked as insecure"
    else null;
in
{
  available = reason == null;
  handle = value:
    if reason == null then value
    else throw ''
      Package ‘${name}’ in ${file}:1 ${reason}, refusing to evaluate.

      a) To temporarily allow it, you can use an environment variable
         for a single invocation of the nix tools.

           $ export NIXPKGS_ALLOW_UNFREE=1
    '';
}
