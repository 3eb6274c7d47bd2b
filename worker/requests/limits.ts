import { OciError } from "../../protocol/oci-error.ts";
import { logFailure } from "../answers/errors.ts";

/** Rate limits of the platform. A deployment may leave out any of them. */
export interface LimitBindings {
  readonly PULL_LIMIT?: RateLimit | undefined;
  readonly BUILD_LIMIT?: RateLimit | undefined;
  readonly PASSWORD_LIMIT?: RateLimit | undefined;
}

export interface Limits {
  /** Counts every request. */
  readonly pulls: RateLimit | undefined;
  /** Counts the requests that make an origin work. */
  readonly builds: RateLimit | undefined;
  /** Counts the passwords that have to be hashed. */
  readonly passwords: RateLimit | undefined;
}

/** Settings that limit how often a client may ask. */
export interface WithLimits {
  readonly limits: Limits;
}

/** Takes the rate limits from the bindings. */
export function limitSettings({ PULL_LIMIT, BUILD_LIMIT, PASSWORD_LIMIT }: LimitBindings): WithLimits {
  return { limits: { pulls: PULL_LIMIT, builds: BUILD_LIMIT, passwords: PASSWORD_LIMIT } };
}

/** Half of the usual period of a rate limit: after one or two waits a client is within the limit again. */
const RETRY_AFTER_S = "30";

/** Counts a request. False if the client is over its limit. */
export async function mayPull({ limits }: WithLimits, request: Request): Promise<boolean> {
  return isWithin(limits.pulls, addressOf(request));
}

/** Counts a request. Throws `TOOMANYREQUESTS` if the client is over its limit. */
export async function limitPulls(config: WithLimits, request: Request): Promise<void> {
  if (!(await mayPull(config, request))) throw tooMany("too many requests from your address; try again in a minute");
}

/**
 * Counts a build, or other work of an origin. Returns `TOOMANYREQUESTS` if the client is over its limit. Do not call it
 * for a client that joins a build, such as a redirected client. Only the build's object knows whether a client joins:
 * the `hop` in the address proves nothing.
 */
export async function buildExcess({ limits }: WithLimits, request: Request): Promise<OciError | undefined> {
  if (await isWithin(limits.builds, addressOf(request))) return undefined;
  return tooMany("too many new images for your address; built images are still served; try again in a minute");
}

/** Clients without an address share one count. Hashing a password takes processor time from everybody. */
const NO_ADDRESS = "no address";

/** Counts a password that must be hashed. Throws `TOOMANYREQUESTS` if the client is over its limit. */
export async function limitPasswords({ limits }: WithLimits, request: Request): Promise<void> {
  if (await isWithin(limits.passwords, addressOf(request) ?? NO_ADDRESS)) return;
  throw tooMany("too many passwords were tried; make sure that yours is right, and log in again in a minute");
}

/** Limits only protect the registry. So if a limit does not answer, the request passes. */
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

/** A provider gives a customer a network of 64 bits, four groups. The client chooses the rest of its address. */
const NETWORK_GROUPS = 4;

/** The client's address; of an IPv6 address, the network. Only Cloudflare sets it: elsewhere nothing is counted. */
export function addressOf({ headers }: Request): string | undefined {
  const address = headers.get("CF-Connecting-IP");
  if (address === null || !address.includes(":")) return address ?? undefined;
  const [start = ""] = address.toLowerCase().split("::");
  const groups = start.split(":");
  return Array.from({ length: NETWORK_GROUPS }, (_, index) => Number.parseInt(groups[index] || "0", 16)).join(":");
}
