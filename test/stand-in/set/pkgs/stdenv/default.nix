{ lib, config, system, isCross }:
let
  check = import ./check-meta.nix { inherit lib config system; };
in
{
  hostPlatform.system = system;
  mkDerivation = { pname, version, outputs ? [ "out" ], deps ? [ ], size ? 1, meta ? { }, file ? "?" }:
    let
      name = "${pname}-${version}" + (if isCross then "-cross" else "");
      checked = check { inherit name meta file; };
      drv = derivation {
        inherit name system outputs size pname;
        builder = "/bin/sh";
        args = [ "-c" (builtins.readFile ./builder.sh) ];
        deps = map (dep: dep.outPath) deps;
      };
      wrap = d: d // { inherit pname version; meta = meta // { available = checked.available; }; passthru = { }; }
        // (builtins.mapAttrs (_: value: checked.handle value) { inherit (d) drvPath outPath; })
        // builtins.listToAttrs (map (output: { name = output; value = wrapOutput output; }) outputs);
      wrapOutput = output: drv.${output} // { meta = meta // { available = checked.available; }; } // (builtins.mapAttrs (_: value: checked.handle value) { inherit (drv.${output}) drvPath outPath; });
    in
    wrap drv // { override = _: drv; overrideAttrs = _: drv; };
}
