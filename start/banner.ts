interface BannerInput {
  readonly port: number;
  /** The description of the package source. */
  readonly source: string;
  /** Whether the examples of nixpkgs are in the package source. */
  readonly hasUsualPackages: boolean;
  readonly stateDirectory: string;
}

/** The text that a person sees when everything runs. */
export function banner({ port, source, hasUsualPackages, stateDirectory }: BannerInput): string {
  const host = `127.0.0.1:${port}`;
  return `
Cornice serves http://${host}

  packages  ${source}
  state     ${stateDirectory}

Try:
  http://${host} in a browser
${(hasUsualPackages ? usualCommands(host) : OWN_PACKAGES).map((line) => `  ${line}`).join("\n")}

Ctrl-C stops it; what was pulled is kept.
`;
}

function usualCommands(host: string): readonly string[] {
  return [
    `docker run --rm ${host}/shell/git/htop git --version`,
    `skopeo copy --src-tls-verify=false docker://${host}/jq oci:jq-image`,
    `curl -L http://${host}/v2/python3/manifests/latest`,
  ];
}

/** Nobody knows a package of the operator's own set before it is listed. */
const OWN_PACKAGES = ["and add a package of your set: the page has the command that pulls it"];

export const USAGE = `Usage: npm start, or npm run dev, which also reloads what changes in the sources

Starts Cornice on this machine: the registry on 127.0.0.1:8787 and the origin, which builds, on 127.0.0.1:8788.
Without a package source it serves the starter set, built from Debian's packages.

Settings (environment variables; docs/settings.md has them all):
  CORNICE_CHANNEL      nixpkgs channel, such as nixos-25.11, or commit
  CORNICE_PKGS_REPO    git repository with a package set
  CORNICE_FLAKE        flake: github:OWNER/REPO, git+https://…, git+ssh://… or a path
  CORNICE_PKGS_PATH    folder or file with a package set
  CORNICE_STATE_DIR    where everything but the Nix store is kept (.cornice)
  CORNICE_PORT         the registry's port (8787)
  CORNICE_ORIGIN_PORT  the origin's port (8788)
  CORNICE_STORES_PORT  the port of R2 and KV, for the origin (any that is free)
  CORNICE_HOSTS        host names by which the page may be asked for, beside localhost's (none)
  CORNICE_AUTH         basic or token: users alone may pull; docs/private-registry.md
  CORNICE_INDEX        false: do not list the packages for the page (true)
  CORNICE_LOG_LEVEL    debug: show commands, requests, and what caches know (info)
  NIX_TIMEOUT          seconds that Nix may take for one image (60; 900 for the starter set)
`;
