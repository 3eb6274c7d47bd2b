import { namePattern } from "./name-pattern.ts";

/**
 * The differences between the starter set's dependencies and Debian's dependency fields.
 * In all names, `#` means a version number.
 */
export interface DependencyPolicy {
  /** Packages that the starter set never follows as a dependency. */
  readonly dropped: readonly string[];
  /** Single dependencies that the starter set does not follow. */
  readonly cut: readonly (readonly [from: string, to: string])[];
  /** Dependencies that Debian does not declare, because every Debian system has these packages. */
  readonly added: Readonly<Record<string, readonly string[]>>;
  /** Packages that become one store path, because their programs find other parts relative to their own path. */
  readonly together: readonly (readonly string[])[];
}

export const DEPENDENCY_POLICY: DependencyPolicy = {
  dropped: [
    // Only maintainer scripts call these packages. Nothing runs maintainer scripts in a store path.
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
    // Services of a whole machine. A container runs one program, without them.
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
    // Only "update-ca-certificates" calls openssl. The starter set makes the bundle when it builds the store path.
    ["ca-certificates", "openssl"],
    // base-files has /etc/profile and /etc/issue. An image has its own root files instead.
    ["bash", "base-files"],
    // "a2enmod" needs only perl-base. Only the service's start script uses procps.
    ["apache2", "perl"],
    ["apache2", "procps"],
    // Only the service's start script uses iproute2, to find a free port.
    ["nginx", "iproute2"],
    // These are drivers for the machine's graphics card, and need LLVM. nixpkgs also takes them from the machine.
    ["libegl1", "libegl-mesa0"],
    ["libglx0", "libglx-mesa0"],
    // Perl wrappers that choose one of several clusters. The attribute links the programs directly.
    ["postgresql-#", "postgresql-common"],
    ["postgresql-client-#", "postgresql-client-common"],
    // The starter set leaves out the just-in-time compiler (steps/postgresql-#.sh).
    ["postgresql-#", "libllvm#"],
    // A compiler that needs gcc and Boost's headers. SciPy needs it only at build time.
    ["python3-scipy", "python3-pythran"],
  ],
  added: {
    // libc-bin has C.UTF-8 and getent. ncurses-base has the descriptions of terminals.
    libc6: ["libc-bin"],
    libtinfo6: ["ncurses-base"],
    // Some programs are shell scripts, which call these packages.
    ant: ["coreutils", "sed"],
    apache2: ["coreutils", "findutils"],
    autoconf: ["coreutils", "grep", "sed"],
    elixir: ["coreutils", "sed"],
    "erlang-base": ["coreutils"],
    git: ["coreutils", "grep", "less", "sed"],
    libtool: ["coreutils", "grep", "sed"],
    // Debian asks for "media-types | mime-support". "mime-support" is dropped, so the resolver drops both.
    lighttpd: ["media-types"],
    "mariadb-server": ["coreutils", "grep", "sed"],
    maven: ["coreutils"],
    pass: ["coreutils", "grep", "sed"],
    "rabbitmq-server": ["coreutils", "grep", "sed", "util-linux"],
    unbound: ["dns-root-data"],
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

/** The policy with compiled patterns. It answers questions about single packages. */
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
