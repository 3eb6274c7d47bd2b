# A NixOS module: the whole registry on one machine (docs/one-machine.md), or an origin for a Worker on Cloudflare
# (docs/deploy.md). The services are those of deploy/systemd: this file reads the units, and only changes paths.
#
#   imports = [ /opt/cornice/nix/module.nix ];
#   services.cornice.serve = {
#     enable = true;
#     settings = { CORNICE_REGISTRY_URL = "https://registry.example"; CORNICE_CHANNEL = "nixos-25.11"; };
#     environmentFile = "/run/secrets/cornice.env";
#   };
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkIf mkMerge mkOption types;
  cfg = config.services.cornice;

  # Everybody can read the Nix store, so these go into `environmentFile`.
  secrets = [
    "CORNICE_GIT_TOKEN"
    "CORNICE_NIX_ACCESS_TOKENS"
    "CORNICE_ORIGIN_SECRET"
    "CORNICE_ORIGIN_SECRET_PREVIOUS"
    "CORNICE_USERS"
    "KV_API_TOKEN"
    "R2_ACCESS_KEY_ID"
    "R2_SECRET_ACCESS_KEY"
  ];

  # The directives of a section of a unit. Each has a list of values, one for each line.
  readSection =
    section: file:
    let
      step =
        { inside, values }:
        line:
        let
          heading = builtins.match "\\[([A-Za-z]+)]" line;
          entry = builtins.match "([A-Za-z]+)=(.*)" line;
          name = builtins.head entry;
        in
        if heading != null then
          {
            inside = heading == [ section ];
            inherit values;
          }
        else if inside && entry != null then
          {
            inherit inside;
            values = values // {
              ${name} = (values.${name} or [ ]) ++ [ (builtins.elemAt entry 1) ];
            };
          }
        else
          { inherit inside values; };
      start = {
        inside = false;
        values = { };
      };
      lines = lib.splitString "\n" (builtins.readFile file);
    in
    (builtins.foldl' step start lines).values;

  inFolder = map (builtins.replaceStrings [ "/opt/cornice" ] [ cfg.folder ]);

  # The service of a unit, with the settings of an option.
  serviceOf =
    {
      unit,
      description,
      instance,
      # Files with settings that the machine may have.
      furtherFiles ? [ ],
    }:
    let
      section = builtins.mapAttrs (_: inFolder) (readSection "Service" unit);
    in
    {
      inherit description;
      wants = [ "network-online.target" ];
      after = [
        "network-online.target"
        "nix-daemon.socket"
      ];
      path = [
        config.nix.package
        pkgs.bubblewrap
        pkgs.diffutils
        pkgs.git
        pkgs.openssh
        pkgs.tini
        pkgs.util-linux
      ];
      environment = builtins.mapAttrs (_: asText) instance.settings;
      serviceConfig = section // {
        EnvironmentFile =
          lib.optional (instance.environmentFile != null) instance.environmentFile ++ furtherFiles;
      };
    };

  asText = value: if builtins.isBool value then lib.boolToString value else toString value;

  instance = what: {
    enable = mkEnableOption what;
    settings = mkOption {
      type = types.attrsOf (
        types.oneOf [
          types.str
          types.int
          types.bool
        ]
      );
      default = { };
      example = {
        CORNICE_CHANNEL = "nixos-25.11";
      };
      description = "The settings of docs/settings.md, without secrets.";
    };
    environmentFile = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/run/secrets/cornice.env";
      description = "A file with further settings, one NAME=VALUE a line: the secrets. It must not be in the Nix store.";
    };
  };

  # These may name a file, or be the key itself.
  keys = [
    "CORNICE_SIGNING_KEY"
    "CORNICE_SIGNING_KEY_PREVIOUS"
  ];
  isKey = value: builtins.length (lib.splitString "-----BEGIN " (asText value)) > 1;

  usesNoSecret = name: settings: {
    assertion =
      builtins.all (secret: !(settings ? ${secret})) secrets
      && !(builtins.any (key: isKey (settings.${key} or "")) keys);
    message = "services.cornice.${name}.settings would show a secret to everybody: put it into environmentFile";
  };
in
{
  options.services.cornice = {
    folder = mkOption {
      type = types.str;
      default = "/opt/cornice";
      description = "A clone of Cornice, prepared with bin/cornice serve --prepare. Only root may write to it.";
    };
    serve = instance "the whole registry on this machine";
    origin = instance "an origin for a Worker on Cloudflare";
    gc.enable = mkEnableOption "removing each night what no image needs";
  };

  config = mkIf (cfg.serve.enable || cfg.origin.enable) (mkMerge [
    {
      assertions = [
        {
          assertion = !(cfg.serve.enable && cfg.origin.enable);
          message = "services.cornice.serve has an origin of its own: enable it or services.cornice.origin";
        }
        {
          assertion = cfg.serve.enable -> cfg.serve.settings ? CORNICE_REGISTRY_URL;
          message = "services.cornice.serve.settings needs CORNICE_REGISTRY_URL, such as https://registry.example";
        }
        (usesNoSecret "serve" cfg.serve.settings)
        (usesNoSecret "origin" cfg.origin.settings)
      ];

      # Node.js, workerd and esbuild come from npm as programs for a usual Linux.
      programs.nix-ld.enable = true;

      # Evaluates package sources. NixOS has the users that build.
      users.users.cornice-nix = {
        isSystemUser = true;
        group = "cornice-nix";
      };
      users.groups.cornice-nix = { };
    }
    (mkIf cfg.serve.enable {
      systemd.services.cornice =
        serviceOf {
          unit = ../deploy/systemd/cornice.service;
          description = "Cornice, a container registry that builds images when they are pulled";
          instance = cfg.serve;
        }
        // {
          wantedBy = [ "multi-user.target" ];
        };
    })
    (mkIf cfg.origin.enable {
      systemd.services.cornice-origin =
        serviceOf {
          unit = ../deploy/systemd/cornice-origin.service;
          description = "Cornice's origin, which builds the images of a registry on Cloudflare";
          instance = cfg.origin;
        }
        // {
          wantedBy = [ "multi-user.target" ];
        };
    })
    (mkIf cfg.gc.enable {
      systemd.services.cornice-gc = serviceOf {
        unit = ../deploy/systemd/cornice-gc.service;
        description = "Remove what no image of Cornice needs any more";
        instance = if cfg.serve.enable then cfg.serve else cfg.origin;
        # `cornice serve` writes it.
        furtherFiles = [ "-/var/lib/cornice/origin.env" ];
      };
      systemd.timers.cornice-gc = {
        wantedBy = [ "timers.target" ];
        timerConfig = readSection "Timer" ../deploy/systemd/cornice-gc.timer;
      };
    })
  ]);
}
