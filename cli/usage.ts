export const USAGE = `Usage: cornice build NAME -o OUTPUT [options]
       cornice inspect NAME | FILE | FOLDER [options]
       cornice index [-o FILE] [options]
       cornice popularity [SOURCE] [--packages LIST] [-o FILE] [options]

Builds the image that a name such as shell/git/htop stands for, without a registry, and writes it for
"skopeo copy oci-archive:", "docker load" and "podman load". Or says what is in an image. Or lists the packages of
the package source, for the registry's page: into the bucket that R2_ENDPOINT, R2_BUCKET, R2_ACCESS_KEY_ID and
R2_SECRET_ACCESS_KEY name, or into a file. Or computes how popular packages are in a package set, for
CORNICE_POPULARITY_URL: for each package, the share of attributes whose closure contains it. All of them are built or
downloaded for that, except the starter set's; what the Nix store has already is not again.

  -o, --output OUTPUT  FILE for an archive, FOLDER/ for an OCI layout, - for an archive on standard output;
                       of an index or of popularity, FILE or - for JSON (- where none is named for popularity)
  SOURCE               channel:NAME, git:URL, flake:REFERENCE, path:/FOLDER or starter; without it, the configured
                       one. Or the folder of a starter set that was written before
  --packages LIST      only these: names separated by commas, or a file of names (with a /, such as ./names)
  --format FORMAT      oci-archive or oci-dir, where OUTPUT does not tell
  --tag TAG            the revision of the package source (default: latest)
  --json               one JSON object a line on standard output; the last is the result
  --no-cache           keep nothing in $XDG_CACHE_HOME/cornice (~/.cache/cornice), and use nothing of it
  -h, --help           this text
  --version            the version

Without a package source it uses the starter set, built from Debian's packages. Settings (environment variables;
docs/settings.md has them all):
  CORNICE_CHANNEL      nixpkgs channel, such as nixos-25.11, or commit
  CORNICE_PKGS_REPO    git repository with a package set
  CORNICE_FLAKE        flake: git+https://…, git+ssh://…, git+file:///… or a path
  CORNICE_PKGS_PATH    folder or file with a package set
  NIX_TIMEOUT          seconds that Nix may take for one image (60; 900 for the starter set)
  CORNICE_INDEX_TIMEOUT, CORNICE_INDEX_MEMORY
                       seconds for an index (1800), and MiB that one Nix may take meanwhile (4096)

Exit codes: 0 done, 1 failed, 2 wrong usage; 130 after Ctrl-C.
`;
