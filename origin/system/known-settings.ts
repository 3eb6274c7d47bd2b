import { nearMatches } from "./near-matches.ts";

const PREFIX = "CORNICE_";

/** The names of all settings that begin with `CORNICE_`, without this beginning. */
export const KNOWN_SETTINGS: readonly string[] = [
  "ALLOWED_REFS",
  "ALLOW_BROKEN",
  "ALLOW_INSECURE",
  "ALLOW_UNFREE",
  "ALLOW_UNSUPPORTED",
  "AUTH",
  "BUILD",
  "BUILD_TIMEOUT",
  "BUILD_WAIT",
  "BUNDLES",
  "CATALOG",
  "CHANNEL",
  "CHANNELS_URL",
  "COMPRESSION",
  "DEPLOYMENT",
  "DOWNLOAD_TIMEOUT",
  "DRAIN_TIMEOUT",
  "FLAKE",
  "GC_GRACE_MINUTES",
  "GC_KEEP_BUILT_DAYS",
  "GC_KEEP_DAYS",
  "GIT_TOKEN",
  "HOSTS",
  "INDEX",
  "INDEX_INTERVAL",
  "INDEX_MEMORY",
  "INDEX_TIMEOUT",
  "KEPT_MIB",
  "LISTEN",
  "LOG_FORMAT",
  "LOG_LEVEL",
  "MANIFEST_HOLD",
  "MAX_BUILDS",
  "MAX_IMAGE_MIB",
  "MAX_LAYERS",
  "MAX_PACKAGES",
  "MIN_FREE_MIB",
  "NIXPKGS",
  "NIXPKGS_URL",
  "NIX_ACCESS_TOKENS",
  "NIX_ALLOWED_URIS",
  "NIX_ALLOW_IFD",
  "NIX_BIN",
  "NIX_BUILD_MEMORY",
  "NIX_CONF",
  "NIX_MAX_JOBS",
  "NIX_MEMORY",
  "NIX_NETRC",
  "NIX_RESTRICT",
  "NIX_SANDBOX",
  "NIX_STORE_GIB",
  "NIX_SUBSTITUTERS",
  "NIX_TRUSTED_KEYS",
  "OPEN",
  "ORIGIN_HOST",
  "ORIGIN_PORT",
  "ORIGIN_SECRET",
  "ORIGIN_SECRET_PREVIOUS",
  "PACKERS",
  "PKGS_PATH",
  "PKGS_REPO",
  "PLATFORMS",
  "POPULARITY_URL",
  "PORT",
  "PUBLIC",
  "REF_TTL",
  "REGISTRY_PASSWORD",
  "REGISTRY_URL",
  "SIGNING_COMMAND",
  "SIGNING_KEY",
  "SIGNING_KEY_PREVIOUS",
  "SIGNING_PUBLIC_KEY",
  "SOURCES_DIR",
  "SOURCES_MIB",
  "SOURCE_NAME",
  "SOURCE_REVISION",
  "SPOOL_DIR",
  "STATE_DIR",
  "STATE_GIB",
  "STORES_PORT",
  "TRUSTED_PROXIES",
  "USERS",
  "WAIT_FOR_INDEX",
];

/**
 * One problem for each variable that is nearly a setting. Other unknown variables may belong to somebody else: Kubernetes
 * sets `CORNICE_SERVICE_HOST` if a service has the name `cornice`.
 */
export function misspeltSettings(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const word = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
    if (KNOWN_SETTINGS.includes(word)) return [];
    const near = nearMatches(word, KNOWN_SETTINGS).map((setting) => `${PREFIX}${setting}`);
    return near.length === 0 ? [] : [`${name} is no setting; did you mean ${near.join(" or ")}?`];
  });
}
