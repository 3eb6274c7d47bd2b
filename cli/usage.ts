export const USAGE = `Usage: bin/cornice build NAME -o OUTPUT [options]
       bin/cornice inspect NAME | FILE | FOLDER [options]
       bin/cornice index [-o FILE] [options]
       bin/cornice popularity [SOURCE] [--packages LIST] [-o FILE] [options]

build       Builds the image of a name such as shell/git/htop, without a registry. Writes it for
            "skopeo copy oci-archive:", "docker load" and "podman load".
inspect     Shows what is in an image.
index       Lists the packages of the package source, for the registry's page. Without -o, uploads the list to the
            bucket of R2_ENDPOINT, R2_BUCKET, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY.
popularity  Computes the popularity of each package in a package set, for CORNICE_POPULARITY_URL: the share of
            attributes whose closure contains the package. Builds or downloads each attribute that the Nix store
            does not have. For the starter set it builds nothing.

  -o, --output OUTPUT  build: FILE for an archive, FOLDER/ for an OCI layout, - for an archive on standard output.
                       index, popularity: FILE or - for JSON; the default of popularity is -
  SOURCE               channel:NAME, git:URL, flake:REFERENCE, path:/FOLDER, starter, or the folder of an earlier
                       starter set (default: the configured source)
  --packages LIST      count only these: names separated by commas, or a file of names (with a /, such as ./names)
  --format FORMAT      oci-archive or oci-dir; needed only if OUTPUT does not show it
  --tag TAG            the revision of the package source (default: latest)
  --json               print one JSON object a line on standard output; the last one is the result
  --no-cache           neither use nor change the cache in $XDG_CACHE_HOME/cornice (~/.cache/cornice)
  -h, --help           this text
  --version            the version

Without a package source, the command uses the starter set, built from Debian's packages. Settings are environment
variables (docs/settings.md lists them all):
  CORNICE_CHANNEL      nixpkgs channel, such as nixos-25.11, or commit
  CORNICE_PKGS_REPO    git repository with a package set
  CORNICE_FLAKE        flake: git+https://…, git+ssh://…, git+file:///… or a path
  CORNICE_PKGS_PATH    folder or file with a package set
  NIX_TIMEOUT          seconds that Nix may take for one image (default: 60; 900 for the starter set)
  CORNICE_INDEX_TIMEOUT, CORNICE_INDEX_MEMORY
                       seconds for an index (1800), and MiB of memory for each Nix process (4096)

Exit codes: 0 done, 1 failed, 2 wrong usage; 130 after Ctrl-C.
`;
