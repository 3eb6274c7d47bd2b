final:
let
  package =
    name:
    final.stdenv.mkDerivation {
      pname = "python3.13-${name}";
      version = "2.0";
      meta.description = "Python module ${name}";
      deps = [ final.bash ];
    };
  modules = builtins.genList (index: "mod${toString index}") (import ./count.nix);
  names = modules ++ [ "requests" "pillow" ];
in
builtins.listToAttrs (map (name: { inherit name; value = package name; }) names)
// {
  Pillow = throw "Pillow has been renamed to pillow";
}
