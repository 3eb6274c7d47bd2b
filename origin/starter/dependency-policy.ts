import { namePattern } from "./name-pattern.ts";

/**
 * Where the starter set departs from Debian's dependency fields.
 * In all names, `#` stands for a version number.
 */
export interface DependencyPolicy {
  /** Packages that nothing is given as a dependency. */
  readonly dropped: readonly string[];
  /** Single dependencies that are not followed. */
  readonly cut: readonly (readonly [from: string, to: string])[];
  /** Dependencies that Debian leaves unsaid, because it has the package on every system. */
  readonly added: Readonly<Record<string, readonly string[]>>;
  /** Packages whose programs find their parts by their own place: they become one store path. */
  readonly together: readonly (readonly string[])[];
}

export const DEPENDENCY_POLICY: DependencyPolicy = {
  dropped: [
    // Maintainer scripts call these; in a store path no such script is ever run.
    "adduser",
    "ca-certificates-java",
    "cdebconf",
    "debconf",
    "debconf-2.0",
    "default-logind",
    "dpkg",
    "emacsen-common",
    "init-system-helpers",
    "install-info",
    "java-common",
    "libpam-runtime",
    "locales",
    "lsb-base",
    "passwd",
    "sgml-base",
    "ssl-cert",
    "sysvinit-utils",
    "tex-common",
    "ucf",
    "update-inetd",
    "xml-core",
    // Services that a container's one program does not share a machine with.
    "cron",
    "dbus",
    "default-dbus-session-bus",
    "default-dbus-system-bus",
    "default-mta",
    "libnss-systemd",
    "libpam-systemd",
    "logrotate",
    "logsave",
    "mailcap",
    "mime-support",
    "mail-transport-agent",
    "systemd",
    "systemd-sysv",
    "udev",
    // Documentation and icons.
    "hicolor-icon-theme",
    "javascript-common",
    "libjs-sphinxdoc",
    "man-db",
    "gnupg-l10n",
  ],
  cut: [
    ["git", "git-man"],
    // Only "update-ca-certificates" calls it; the bundle is put together when the store path is built.
    ["ca-certificates", "openssl"],
    // /etc/profile, /etc/issue: an image's own root files take their place.
    ["bash", "base-files"],
    // Only the service's start script asks for a free port with it.
    ["nginx", "iproute2"],
    // The drivers of the machine's graphics card, and LLVM with them: nixpkgs leaves them to the machine too.
    ["libegl1", "libegl-mesa0"],
    ["libglx0", "libglx-mesa0"],
    // Perl wrappers that pick one of several clusters; the attribute links the programs themselves.
    ["postgresql-#", "postgresql-common"],
    ["postgresql-client-#", "postgresql-client-common"],
    // The just-in-time compiler is left out (steps/postgresql-#.sh).
    ["postgresql-#", "libllvm#"],
    // A compiler with gcc and Boost's headers, which SciPy is built with.
    ["python3-scipy", "python3-pythran"],
  ],
  added: {
    // libc-bin brings C.UTF-8 and getent, ncurses-base the terminals' descriptions.
    libc6: ["libc-bin"],
    libtinfo6: ["ncurses-base"],
    // Shell scripts among the programs call these.
    ant: ["coreutils", "sed"],
    autoconf: ["coreutils", "grep", "sed"],
    elixir: ["coreutils", "sed"],
    "erlang-base": ["coreutils"],
    git: ["coreutils", "grep", "less", "sed"],
    libtool: ["coreutils", "grep", "sed"],
    "mariadb-server": ["coreutils", "grep", "sed"],
    maven: ["coreutils"],
    pass: ["coreutils", "grep", "sed"],
    "rabbitmq-server": ["coreutils", "grep", "sed"],
    "wireguard-tools": ["coreutils"],
  },
  together: [
    ["cmake", "cmake-data"],
    ["cpp-#", "g++-#", "gcc-#", "libgcc-#-dev", "libstdc++-#-dev"],
    ["golang-#-go", "golang-#-src"],
    ["graphviz", "libgvc6"],
    ["libstd-rust-#", "libstd-rust-dev", "rustc"],
  ],
};

/** The policy, ready to be asked about single packages. */
export class CompiledPolicy {
  readonly #dropped: readonly RegExp[];
  readonly #cut: readonly (readonly [RegExp, RegExp])[];
  readonly #added: readonly (readonly [RegExp, readonly string[]])[];

  constructor(policy: DependencyPolicy) {
    this.#dropped = policy.dropped.map(namePattern);
    this.#cut = policy.cut.map(([from, to]) => [namePattern(from), namePattern(to)]);
    this.#added = Object.entries(policy.added).map(([from, to]) => [namePattern(from), to]);
  }

  follows(from: string, to: string): boolean {
    if (this.#dropped.some((pattern) => pattern.test(to))) return false;
    return !this.#cut.some(([cutFrom, cutTo]) => cutFrom.test(from) && cutTo.test(to));
  }

  additions(from: string): readonly string[] {
    return this.#added.flatMap(([pattern, names]) => (pattern.test(from) ? names : []));
  }
}
