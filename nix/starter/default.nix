# The starter set: Debian's packages as Nix packages. `index.json` beside this file
# names the packages of one system, their hashes and what they need. Other systems have
# files of their own. Everything here is lazy, so that evaluating one attribute costs what
# its own closure costs.
{ system ? null, ... }:

let
  read = file: builtins.fromJSON (builtins.readFile file);
  own = read ./index.json;
  foreign = ./. + "/index-${system}.json";
  index =
    if system == null || system == own.system then own
    else if builtins.pathExists foreign then read foreign
    else throw "the starter set holds packages for ${own.system} alone, not for ${system}; ${advice}";
  advice = "the operator can add them with CORNICE_PLATFORMS=\"amd64 arm64\"";
  mirrors = builtins.fromJSON (builtins.readFile ./mirrors.json);

  # The builders use the machine's own apt, dpkg, perl and patchelf, by fixed paths. They run
  # no program of a package of another system, so any machine can run them. Nix must allow that
  # (its setting `extra-platforms`). The store paths are those of a machine of that system.
  build = attributes: derivation ({
    inherit (index) system;
    builder = "/bin/sh";
    PATH = "/usr/bin:/bin";
    LC_ALL = "C";
    TZ = "UTC";
  } // attributes);

  fetchDeb = deb: build {
    name = "${deb.name}-${deb.version}.deb";
    args = [ ./fetch-deb.sh ];
    url = "${mirrors.${deb.archive}}${deb.file}";
    outputHashMode = "flat";
    outputHashAlgo = "sha256";
    outputHash = deb.sha256;
    inherit (deb) sha256;
    preferLocalBuild = true;
    impureEnvVars = [ "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy" ];
  };

  comesBeforeInterpreters = builtins.listToAttrs
    (map (name: { inherit name; value = true; }) index.beforeInterpreters);

  groups = builtins.mapAttrs buildGroup index.groups;

  buildGroup = name: group: build ({
    name = "${name}-${group.version}";
    args = [ ./build-group.sh ];
    debs = map fetchDeb group.debs;
    dependencies = map (dependency: groups.${dependency}) group.dependencies;
    interpreters =
      if comesBeforeInterpreters ? ${name} then [ ]
      else map (interpreter: groups.${interpreter}) index.interpreters;
    links = map (link: "${link}=${group.links.${link}}") (builtins.attrNames group.links);
    steps = map (script ./steps) group.steps ++ (if group.accounts == [ ] then [ ] else [ ./accounts.sh ]);
    relocate = ./relocate.pl;
    finish = map (script ./finish) group.finish;
  } // accountsOf group);

  # A group without accounts has no such attribute: it would change the store path.
  accountsOf = group:
    if group.accounts == [ ] then { } else { accounts = map (script ./accounts) group.accounts; };

  # A script's own name may have characters that a store path must not have.
  script = directory: file: builtins.path { name = "step.sh"; path = directory + "/${file}"; };

  # A name that another system has. So the error is not that nobody has it.
  unavailable = path: { name = path; value = { type = "derivation"; name = path; system = "another system"; }; };
  elsewhere = builtins.listToAttrs (map unavailable (index.elsewhere or [ ]));

  buildAttribute = _: attribute: build
    {
      name = "${attribute.pname}-${attribute.version}";
      args = [ ./build-attribute.sh ];
      groups = map (group: groups.${group}) attribute.groups;
      inherit (attribute) programs;
      preferLocalBuild = true;
    } // {
    inherit (attribute) pname version;
    meta = { inherit (attribute) description; };
  };

  # `python3Packages.requests` is looked up in the set `python3Packages`. As in nixpkgs, `recurseForDerivations` says that
  # such a set has packages.
  nest = attributes:
    let
      split = map (path: { parts = builtins.filter builtins.isString (builtins.split "\\." path); inherit path; })
        (builtins.attrNames attributes);
      flat = builtins.filter ({ parts, ... }: builtins.length parts == 1) split;
      nested = builtins.groupBy ({ parts, ... }: builtins.head parts)
        (builtins.filter ({ parts, ... }: builtins.length parts == 2) split);
      take = at: entries: builtins.listToAttrs
        (map ({ parts, path }: { name = builtins.elemAt parts at; value = attributes.${path}; }) entries);
    in
    take 0 flat // builtins.mapAttrs (_: entries: take 1 entries // { recurseForDerivations = true; }) nested;
in

nest (elsewhere // builtins.mapAttrs buildAttribute index.attributes)
