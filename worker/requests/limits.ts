import { OciError } from "../../protocol/oci-error.ts";
import { logFailure } from "../answers/errors.ts";

/** The platform's counters; a deployment may leave out any of them. */
export interface LimitBindings {
  readonly PULL_LIMIT?: RateLimit | undefined;
  readonly BUILD_LIMIT?: RateLimit | undefined;
  readonly PASSWORD_LIMIT?: RateLimit | undefined;
}

export interface Limits {
  /** Counts every request. */
  readonly pulls: RateLimit | undefined;
  /** Counts the requests that have an origin work. */
  readonly builds: RateLimit | undefined;
  /** Counts the passwords that have to be hashed. */
  readonly passwords: RateLimit | undefined;
}

/** Settings that limit how often a client may ask. */
export interface WithLimits {
  readonly limits: Limits;
}

/** The counters of the bindings. */
export function limitSettings({ PULL_LIMIT, BUILD_LIMIT, PASSWORD_LIMIT }: LimitBindings): WithLimits {
  return { limits: { pulls: PULL_LIMIT, builds: BUILD_LIMIT, passwords: PASSWORD_LIMIT } };
}

/** Half of the counters' usual period: whoever waits so long once or twice finds room again. */
const RETRY_AFTER_S = "30";

/** Counts a request. False for a client that asks more often than the registry answers. */
export async function mayPull({ limits }: WithLimits, request: Request): Promise<boolean> {
  return isWithin(limits.pulls, addressOf(request));
}

/** As `mayPull`; throws `TOOMANYREQUESTS`. */
export async function limitPulls(config: WithLimits, request: Request): Promise<void> {
  if (!(await mayPull(config, request))) throw tooMany("too many requests from your address; try again in a minute");
}

/**
 * Counts a build, or other work of an origin. `TOOMANYREQUESTS` for a client that has too many images built. Who joins a
 * build, as a client that is redirected does, is not to be counted again: only the build's object knows, whatever an
 * address says.
 */
export async function buildExcess({ limits }: WithLimits, request: Request): Promise<OciError | undefined> {
  if (await isWithin(limits.builds, addressOf(request))) return undefined;
  return tooMany("too many new images for your address; those already built are served, others in a minute");
}

/** Clients without an address share one count: each password that is hashed takes time of a processor from all. */
const NO_ADDRESS = "no address";

/** Throws `TOOMANYREQUESTS` for a client that has too many passwords hashed. */
export async function limitPasswords({ limits }: WithLimits, request: Request): Promise<void> {
  if (await isWithin(limits.passwords, addressOf(request) ?? NO_ADDRESS)) return;
  throw tooMany("too many passwords were tried; make sure that yours is right, and log in again in a minute");
}

/** Counters are there to spare the registry, so that their failure stops nobody. */
async function isWithin(limit: RateLimit | undefined, key: string | undefined): Promise<boolean> {
  if (limit === undefined || key === undefined) return true;
  const { success } = await limit.limit({ key }).catch((error: unknown) => {
    logFailure("a rate limit did not answer", error);
    return { success: true };
  });
  return success;
}

function tooMany(message: string): OciError {
  return new OciError("TOOMANYREQUESTS", message, { headers: { "Retry-After": RETRY_AFTER_S } });
}

/** Groups of an IPv6 address that a provider gives out as one; the rest is the client's to choose. */
const NETWORK_GROUPS = 4;

/** Cloudflare sets the address; without Cloudflare in front there is none, and nothing to count by. */
export function addressOf({ headers }: Request): string | undefined {
  const address = headers.get("CF-Connecting-IP");
  if (address === null || !address.includes(":")) return address ?? undefined;
  const [start = ""] = address.toLowerCase().split("::");
  const groups = start.split(":");
  return Array.from({ length: NETWORK_GROUPS }, (_, index) => Number.parseInt(groups[index] || "0", 16)).join(":");
}
