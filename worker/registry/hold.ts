import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { pathOf } from "../requests/endpoint.ts";
import { integer } from "../requests/integer-setting.ts";
import { startsAgainAfter429 } from "../answers/user-agents.ts";

/** The bindings that say how long clients are held. */
export interface HoldBindings {
  readonly MANIFEST_HOLD?: string;
  readonly BUILD_WAIT?: string;
}

/** How long clients are held. */
export interface HoldSettings {
  /** The time that one request for a manifest waits for the build. */
  readonly holdMs: number;
  /** The time that a client waits in all, over all its requests. */
  readonly buildWaitMs: number;
}

/** Adds what is wrong to `problems`. */
export function parseHold(env: HoldBindings, problems: string[]): HoldSettings {
  return {
    holdMs: 1000 * integer(env, "MANIFEST_HOLD", SHARED_SETTINGS.manifestHoldS, problems),
    buildWaitMs: 1000 * integer(env, "BUILD_WAIT", SHARED_SETTINGS.buildWaitS, problems),
  };
}

/** Go's HTTP client follows nine redirects; the tenth is an error. */
const MAX_HOPS = 9;
/** Whoever comes again is held again, so that there is nothing to wait for. */
const RETRY_AFTER = { "Retry-After": "1" };

/** How long a request for a manifest that is being built is left without an answer, and what it is told then. */
export interface Hold {
  /** How often the client was redirected here. */
  readonly hop: number;
  readonly ms: number;
  readonly end: "redirect" | "start again" | "give up";
}

/**
 * Some clients give up after 30 s without a response header, all follow redirects: a request is held for less, and then
 * sent back to its own address. On the last one a client that takes 429 for "start again" is told so. The others have
 * no time limit, and are held as long as it takes.
 */
export function holdFor({ holdMs, buildWaitMs }: HoldSettings, { url, headers }: Request): Hold {
  const hop = hopOf(url);
  if (hop < MAX_HOPS) return { hop, ms: holdMs, end: "redirect" };
  if (startsAgainAfter429(headers.get("User-Agent"))) return { hop, ms: holdMs, end: "start again" };
  return { hop, ms: Math.max(holdMs, buildWaitMs - hop * holdMs), end: "give up" };
}

/** Answers a request whose hold has ended before the build. `page` is the address of the build's page. */
export function endHold({ hop, end }: Hold, { url }: Request, page: string): Response {
  if (end === "redirect") return redirectToItself(url, hop + 1);
  const progress = `it goes on, and is seen at ${page}`;
  if (end === "start again") {
    throw new OciError("TOOMANYREQUESTS", `the image is still being built; ${progress}`, { headers: RETRY_AFTER });
  }
  throw new OciError("UNAVAILABLE", `building the image takes longer than clients wait; ${progress}; pull again later`);
}

/** By a relative address, since the client may know this registry by another name than we do. */
function redirectToItself(url: string, hop: number): Response {
  const query = [...queryOf(url).filter((part) => !part.startsWith(HOP)), `${HOP}${hop}`].join("&");
  const headers = { Location: `${pathOf(url)}?${query}`, "Cache-Control": "no-store", "Content-Length": "0" };
  return new Response(null, { status: 307, headers });
}

const HOP = "hop=";

/** Anything but what a redirect wrote counts as the first request. */
function hopOf(url: string): number {
  const [hop = "", ...more] = queryOf(url).filter((part) => part.startsWith(HOP));
  return more.length === 0 && /^hop=[1-9]$/.test(hop) ? Number(hop.slice(HOP.length)) : 0;
}

/** The parts of a query string, undecoded as the path is. */
function queryOf(url: string): string[] {
  const [, query = ""] = /\?([^#]*)/.exec(url) ?? [];
  return query.split("&").filter((part) => part !== "");
}
