{
  localSystem ? { system = args.system or builtins.currentSystem; },
  system ? localSystem.system,
  crossSystem ? localSystem,
  config ?
    let
      fromEnv = builtins.getEnv "NIXPKGS_CONFIG";
      home = builtins.getEnv "HOME" + "/.config/nixpkgs/config.nix";
    in
    if fromEnv != "" && builtins.pathExists fromEnv then import fromEnv
    else if builtins.pathExists home then import home
    else { },
  overlays ?
    let file = builtins.getEnv "HOME" + "/.config/nixpkgs/overlays.nix"; in
    if builtins.pathExists file then import file else [ ],
  ...
}@args:
import ./. (builtins.removeAttrs args [ "system" ] // { inherit config overlays localSystem crossSystem; })
