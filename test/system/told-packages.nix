# A package set that tells something of its packages, in each form that sets have.
{ salt }:
let
  build =
    name: meta:
    derivation {
      inherit name salt;
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [
        "-c"
        "PATH=/usr/bin:/bin; mkdir $out; echo hello > $out/${name}"
      ];
    }
    // {
      inherit meta;
    };
  forever = number: 1 + forever (number + 1);
  many = builtins.genList (number: "license ${toString number}") 1000;
in
{
  told = build "told" {
    license = [
      {
        spdxId = "GPL-2.0-only";
        fullName = "GNU General Public License v2.0 only";
        free = true;
      }
      { shortName = "house"; }
      "MIT"
    ];
    homepage = "https://told.example";
    identifiers.cpe = "cpe:2.3:a:told:told:1.0:*:*:*:*:*:*:*";
  };
  single = build "single" {
    license.spdxId = "Zlib";
    homepage = [
      "https://first.example"
      "https://second.example"
    ];
  };
  hostile = build "hostile" {
    license = [
      "<script>"
      7
      (throw "no license")
      { spdxId = throw "no identifier"; fullName = "Bad‮name"; }
    ];
    homepage = "javascript:alert(1)";
    identifiers.cpe = "cpe:/a:old";
  };
  endless = build "endless" { license = many; };
  throwing = build "throwing" (throw "no meta");
  text = build "text" "no set";
  missing = build "missing" {
    license = "MIT";
    homepage = { }.homepage;
  };
  mistyped = build "mistyped" { homepage = 1 + "a"; };
  recursing = build "recursing" { license = toString (forever 0); };
}
