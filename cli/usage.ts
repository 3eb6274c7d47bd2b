export const COMMANDS = [
  "build",
  "inspect",
  "index",
  "popularity",
  "warm",
  "verify",
  "doctor",
  "gc",
  "fsck",
  "serve",
] as const;

export type CommandName = (typeof COMMANDS)[number];

interface Description {
  /** The arguments behind the command's name. */
  readonly synopsis: string;
  /** Lines of at most 106 characters. */
  readonly about: readonly string[];
}

const DESCRIPTIONS: Readonly<Record<CommandName, Description>> = {
  build: {
    synopsis: "NAME -o OUTPUT [options]",
    about: [
      "Builds the image of a name such as shell/git/htop, without a registry. Writes it for",
      '"skopeo copy oci-archive:", "docker load" and "podman load".',
    ],
  },
  inspect: { synopsis: "NAME | FILE | FOLDER [options]", about: ["Shows what is in an image."] },
  index: {
    synopsis: "[-o FILE | --watch] [options]",
    about: [
      "Lists the packages of the package source, for the registry's page. Without -o, uploads the list to the",
      "bucket of R2_ENDPOINT, R2_BUCKET, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY, and an index of what each",
      "name leads to, so that pulls need no evaluation.",
    ],
  },
  popularity: {
    synopsis: "[SOURCE] [--packages LIST] [-o FILE] [options]",
    about: [
      "Computes the popularity of each package in a package set, for CORNICE_POPULARITY_URL: the share of",
      "attributes whose closure contains the package. Builds or downloads each attribute that the Nix store",
      "does not have. For the starter set it builds nothing.",
    ],
  },
  warm: {
    synopsis: "FILE | --popular N [options]",
    about: [
      "Builds images ahead, into the bucket and the namespace of R2_… and KV_…, so that the first pull finds",
      "them. The edge then makes every combination of their packages without the origin. Run it again after an",
      "interruption: it goes on where it was.",
    ],
  },
  verify: {
    synopsis: "HOST/NAME[:TAG][@DIGEST] [options]",
    about: [
      "Checks an image in a registry: its digests, all its layers, its signatures, its bills of materials and its",
      "provenance. With --rebuild, builds the image again on this machine, and says where the two differ first.",
    ],
  },
  doctor: {
    synopsis: "[--registry URL] [options]",
    about: [
      "Checks a deployment from both sides: settings, R2, KV, the secret, the clocks, Nix, binary caches, the disk,",
      "the keys that sign. Says what to do. Run it on the origin's machine, with the origin's environment.",
    ],
  },
  serve: {
    synopsis: "[--prepare]",
    about: [
      "Runs the whole registry on this machine, behind a proxy with TLS: docs/one-machine.md. SIGTERM lets builds",
      "and pulls end. It installs nothing.",
    ],
  },
  gc: {
    synopsis: "[--dry-run] [options]",
    about: [
      "Removes from the registry's R2 and KV what nobody needs any more: old tags, and all that no other tag needs.",
      "What is removed too early is built again at the next pull. Run it again after an interruption: it goes on",
      "where it was. Builds and pulls go on at the same time.",
    ],
  },
  fsck: {
    synopsis: "[--repair] [options]",
    about: [
      "Checks everything in the registry's R2 and KV: each object against its digest, and each name against what it",
      "leads to. With --repair, brings back what is damaged or missing: from copies, and by builds. Removes the",
      "rest, with all that names it, so that the next pull builds it. Builds and pulls go on at the same time.",
    ],
  },
};

/** The commands that end with a result. */
const JOBS = COMMANDS.filter((name) => name !== "serve");
/** The commands that build from a package source. */
const WITH_SOURCE = COMMANDS.filter((name) => name !== "gc");
/** The commands that keep no layers between their calls. */
const CACHELESS = new Set<CommandName>(["verify", "doctor", "gc", "fsck", "serve"]);
const WITH_CACHE = COMMANDS.filter((name) => !CACHELESS.has(name));

/** An option, a word of the synopsis or a setting: its name, its lines, and the commands that have it. */
type Row = readonly [name: string, lines: readonly string[], commands: readonly CommandName[]];

const OPTIONS: readonly Row[] = [
  [
    "-o, --output OUTPUT",
    ["FILE for an archive, FOLDER/ for an OCI layout, - for an archive on standard output"],
    ["build"],
  ],
  ["--format FORMAT", ["oci-archive or oci-dir; needed only if OUTPUT does not show it"], ["build"]],
  ["-o, --output FILE", ["FILE or - for JSON"], ["index"]],
  ["--watch", ["go on, and make a new index each time that the source has moved"], ["index"]],
  [
    "SOURCE",
    [
      "channel:NAME, git:URL, flake:REFERENCE, path:/FOLDER, starter, or the folder of an earlier",
      "starter set (default: the configured source)",
    ],
    ["popularity"],
  ],
  [
    "--packages LIST",
    ["count only these: names separated by commas, or a file of names (with a /, such as ./names)"],
    ["popularity"],
  ],
  ["-o, --output FILE", ["FILE or - for JSON (default: -)"], ["popularity"]],
  [
    "FILE",
    ["one image a line: shell/git/htop, arm64/git or git:TAG; # begins a comment; - is standard input"],
    ["warm"],
  ],
  ["--popular N", ['the N packages with the greatest shares in "roots" of CORNICE_POPULARITY_URL'], ["warm"]],
  ["--each", ["each package of a line as an image of its own, not the line's image"], ["warm"]],
  ["--jobs N", ["images at a time (default: CORNICE_MAX_BUILDS, which is also the limit)"], ["warm"]],
  ["--registry URL", ["the registry's address (default: CORNICE_REGISTRY_URL)"], ["doctor"]],
  ["--key KEY", ["file or URL of the public key (default: the key that the registry publishes)"], ["verify"]],
  ["--platform ARCH", ["amd64 or arm64 (default: all platforms of the image)"], ["verify"]],
  ["--user NAME", ["password in CORNICE_REGISTRY_PASSWORD or on standard input (default: docker login's)"], ["verify"]],
  ["--insecure-http", ["ask over http; on this machine's own addresses, that is the default"], ["verify"]],
  ["--no-blobs", ["do not read the layers"], ["verify"]],
  ["--rebuild", ["build the image here, from the same package source, and compare it"], ["verify"]],
  [
    "--platforms LIST",
    ["what a plain name stands for, as PLATFORMS of the registry: amd64,arm64 (default: this machine)"],
    ["warm"],
  ],
  ["--dry-run", ["say what would be removed, and how many bytes, and remove nothing"], ["gc"]],
  ["--keep-days N", ["keep what was pulled or looked up in the last N days (default: 90)"], ["gc"]],
  ["--keep-built-days N", ["the same for tags whose images nobody has pulled (default: --keep-days)"], ["gc"]],
  [
    "--grace-minutes N",
    ["minutes between listing garbage and removing it; longer builds look again (default: 60)"],
    ["gc"],
  ],
  ["--repair", ["repair what is wrong, and say how"], ["fsck"]],
  ["--no-rebuild", ["with --repair, build nothing: remove what no copy can bring back"], ["fsck"]],
  ["--quick", ["do not read layers and configs; check their sizes alone"], ["fsck"]],
  ["--settle-seconds N", ["what is wrong counts if it is still wrong N seconds later (default: 60)"], ["fsck"]],
  ["--tag TAG", ["the revision of the package source (default: latest)"], ["build", "inspect", "warm"]],
  ["--json", ["print one JSON object a line on standard output; the last one is the result"], JOBS],
  ["--no-cache", ["neither use nor change the cache in $XDG_CACHE_HOME/cornice (~/.cache/cornice)"], WITH_CACHE],
  ["--prepare", ["install what this machine lacks, as root, and end"], ["serve"]],
  ["-h, --help", ["this text"], COMMANDS],
];

const SETTINGS: readonly Row[] = [
  ["CORNICE_CHANNEL", ["nixpkgs channel, such as nixos-25.11, or commit"], WITH_SOURCE],
  ["CORNICE_PKGS_REPO", ["git repository with a package set"], WITH_SOURCE],
  ["CORNICE_FLAKE", ["flake: github:OWNER/REPO, git+https://…, git+ssh://… or a path"], WITH_SOURCE],
  ["CORNICE_PKGS_PATH", ["folder or file with a package set"], WITH_SOURCE],
  [
    "NIX_TIMEOUT",
    ["seconds that Nix may take for one image (default: 60; 900 for the starter set)"],
    ["build", "inspect", "popularity", "warm", "verify", "serve"],
  ],
  ["CORNICE_MAX_BUILDS", ["images that are built at a time (default: one more than processors)"], ["warm"]],
  ["CORNICE_POPULARITY_URL", ["file or URL with shares, for --popular and for the layers of images"], ["warm"]],
  ["CORNICE_POPULARITY_URL", ["the registry's file or URL, for --rebuild"], ["verify"]],
  ["CORNICE_REGISTRY_PASSWORD", ["password of --user"], ["verify"]],
  ["CORNICE_INDEX_TIMEOUT", ["seconds for an index (default: 1800)"], ["index", "popularity"]],
  ["CORNICE_INDEX_MEMORY", ["MiB of memory for all Nix processes (default: 4096)"], ["index", "popularity"]],
  ["CORNICE_INDEX_INTERVAL", ["seconds until --watch looks at the source again (default: 3600)"], ["index"]],
  ["CORNICE_REGISTRY_URL", ["address by which people know the registry, such as https://registry.example"], ["serve"]],
  ["CORNICE_LISTEN", ["IP address where the registry listens (default: 127.0.0.1)"], ["serve"]],
  ["CORNICE_PORT", ["port of the registry (default: 8787)"], ["serve"]],
  ["CORNICE_TRUSTED_PROXIES", ["addresses and networks of proxies in front of it"], ["serve"]],
  ["CORNICE_STATE_DIR", ["where everything but the Nix store is kept (default: /var/lib/cornice)"], ["serve"]],
  ["CORNICE_AUTH", ["basic or token: users alone may pull"], ["serve"]],
  ["R2_…, KV_…", ["the registry's bucket and namespace, as for the origin"], ["gc", "fsck"]],
  ["CORNICE_SPOOL_DIR", ["the spool of the origin on this machine, which may have kept layers"], ["fsck"]],
  ["CORNICE_GC_KEEP_DAYS", ["days of --keep-days"], ["gc"]],
  ["CORNICE_GC_KEEP_BUILT_DAYS", ["days of --keep-built-days"], ["gc"]],
  ["CORNICE_GC_GRACE_MINUTES", ["minutes of --grace-minutes"], ["gc"]],
];

const SETTINGS_TITLE = "Settings (environment variables; docs/settings.md lists them all):";

const WITHOUT_SOURCE = "Without a package source, the command uses the starter set, built from Debian's packages.\n\n";
const FOOTER = `Exit codes: 0 done and nothing is wrong, 1 otherwise, 2 wrong usage; 130 after Ctrl-C.
`;

/** The help of one command, or of all. */
export function usage(command: CommandName | undefined): string {
  return command === undefined ? overview() : commandUsage(command);
}

function overview(): string {
  const synopses = COMMANDS.map((name) => `bin/cornice ${name} ${DESCRIPTIONS[name].synopsis}`);
  const commands = COMMANDS.map((name): Row => [name, DESCRIPTIONS[name].about, COMMANDS]);
  const others: readonly Row[] = [
    ["COMMAND --help", ["the options and settings of a command"], COMMANDS],
    ["--version", ["the version"], COMMANDS],
  ];
  return `Usage: ${synopses.join("\n       ")}\n\n${table(commands)}\n${table(others)}\n${WITHOUT_SOURCE}${FOOTER}`;
}

function commandUsage(command: CommandName): string {
  const { synopsis, about } = DESCRIPTIONS[command];
  const rowsOf = (rows: readonly Row[]) => rows.filter(([, , commands]) => commands.includes(command));
  const [options, settings] = [table(rowsOf(OPTIONS)), table(rowsOf(SETTINGS))];
  const footer = WITH_SOURCE.some((name) => name === command) ? `${WITHOUT_SOURCE}${FOOTER}` : FOOTER;
  return `Usage: bin/cornice ${command} ${synopsis}\n\n${about.join("\n")}\n\n${options}\n${SETTINGS_TITLE}\n${settings}\n${footer}`;
}

/** Two columns. The first one is as wide as its longest name. */
function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows
    .flatMap(([name, lines]) => lines.map((line, index) => `  ${(index === 0 ? name : "").padEnd(width)}${line}\n`))
    .join("");
}
