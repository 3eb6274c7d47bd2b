/**
 * The directories of a usual base image, with their modes: https://refspecs.linuxfoundation.org/FHS_3.0/fhs/index.html
 * Neither packages nor all container runtimes make them. Programs and Dockerfiles write there. `.` is the root itself.
 */
export const DIRECTORIES: Readonly<Record<string, number>> = {
  ".": 0o755,
  // Runtimes mount over these three.
  dev: 0o755,
  proc: 0o555,
  sys: 0o555,
  etc: 0o755,
  home: 0o755,
  media: 0o755,
  mnt: 0o755,
  opt: 0o755,
  root: 0o700,
  run: 0o755,
  "run/lock": 0o1777,
  srv: 0o755,
  tmp: 0o1777,
  "usr/local/bin": 0o755,
  "usr/local/etc": 0o755,
  "usr/local/lib": 0o755,
  "usr/local/sbin": 0o755,
  "usr/local/share": 0o755,
  "var/cache": 0o755,
  // The home of nobody. Nobody can write there.
  "var/empty": 0o555,
  "var/lib": 0o755,
  "var/log": 0o755,
  "var/spool": 0o755,
  "var/tmp": 0o1777,
};

/** Old names of directories, as links. */
export const DIRECTORY_LINKS: Readonly<Record<string, string>> = {
  "var/lock": "/run/lock",
  "var/run": "/run",
};

/**
 * Paths that no package may bring. The store is below `nix`. Runtimes mount over `dev`, `proc` and `sys`. The others are
 * links of the skeleton.
 */
export const OWN_PATHS: ReadonlySet<string> = new Set(["nix", "dev", "proc", "sys", ...Object.keys(DIRECTORY_LINKS)]);
