import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { pathOf } from "../requests/endpoint.ts";
import { integer } from "../requests/integer-setting.ts";
import { cancelsWithoutBytes, startsAgainAfter429 } from "../answers/user-agents.ts";

/** The bindings that say how long a client waits. */
export interface HoldBindings {
  readonly MANIFEST_HOLD?: string;
  readonly BUILD_WAIT?: string;
}

/** How long a client waits for a build. */
export interface HoldSettings {
  /** The time that one request for a manifest waits. */
  readonly holdMs: number;
  /** The total time that a client waits, over all its requests. */
  readonly buildWaitMs: number;
}

/** Adds each wrong setting to `problems`. */
export function parseHold(env: HoldBindings, problems: string[]): HoldSettings {
  return {
    holdMs: 1000 * integer(env, "MANIFEST_HOLD", SHARED_SETTINGS.manifestHoldS, problems),
    buildWaitMs: 1000 * integer(env, "BUILD_WAIT", SHARED_SETTINGS.buildWaitS, problems),
  };
}

/** Go's HTTP client follows nine redirects; the tenth is an error. */
const MAX_HOPS = 9;
/** At the longest hold, this redirect ends after 232 s, and the first one of the GET 29 s later. */
const LAST_HEAD_HOP = 7;
/** Clients written in Go read up to 2 KiB of a redirect's body. containerd 1.7 counts these bytes as progress. */
const SIGN_OF_LIFE = "the image is being built\n";
/** The next request waits for the build anyway, so the client need not wait before it. */
const RETRY_AFTER = { "Retry-After": "1" };

/** How long a request for a manifest waits for the build, and which answer it gets then. */
export interface Hold {
  /** The number of redirects that the client has followed. */
  readonly hop: number;
  readonly ms: number;
  readonly end: "redirect" | "ask with GET" | "start again" | "give up";
}

/**
 * Some clients give up after 30 s without a response header, but all follow redirects. So a request waits for less, and
 * is then redirected to its own address. After the last redirect, a client that starts again after a 429 gets one. The
 * other clients have no time limit, and wait until `buildWaitMs` is over.
 *
 * A client that cancels a HEAD goes on with a GET in time. If the build then fails, this pull does not learn why, but
 * Kubernetes pulls again after ten seconds.
 */
export function holdFor({ holdMs, buildWaitMs }: HoldSettings, { method, url, headers }: Request): Hold {
  const hop = hopOf(url);
  const agent = headers.get("User-Agent");
  if (method === "HEAD" && hop >= LAST_HEAD_HOP && cancelsWithoutBytes(agent))
    return { hop, ms: holdMs, end: "ask with GET" };
  if (hop < MAX_HOPS) return { hop, ms: holdMs, end: "redirect" };
  if (startsAgainAfter429(agent)) return { hop, ms: holdMs, end: "start again" };
  return { hop, ms: Math.max(holdMs, buildWaitMs - hop * holdMs), end: "give up" };
}

/** Answers a request whose time is over before the build ends. `address` is that of the build's page. */
export function endHold({ hop, end }: Hold, request: Request, address: string): Response {
  if (end === "redirect") return redirectToItself(request, hop + 1);
  if (end === "ask with GET") return new Response(null);
  const page = { title: "the build's page", address };
  if (end === "start again") {
    throw new OciError("TOOMANYREQUESTS", "the image is still being built", { headers: RETRY_AFTER, page });
  }
  throw new OciError("UNAVAILABLE", "building the image takes longer than clients wait; pull again later", { page });
}

/** The address is relative, because the client may know this registry by another host name. */
function redirectToItself({ method, url }: Request, hop: number): Response {
  const query = [...queryOf(url).filter((part) => !part.startsWith(HOP)), `${HOP}${hop}`].join("&");
  const body = method === "HEAD" ? "" : SIGN_OF_LIFE;
  const headers = {
    Location: `${pathOf(url)}?${query}`,
    "Content-Length": String(body.length),
  };
  return new Response(body === "" ? null : body, { status: 307, headers });
}

const HOP = "hop=";

/** The number of redirects so far. 0 if the query has no `hop` that a redirect could have written. */
function hopOf(url: string): number {
  const [hop = "", ...more] = queryOf(url).filter((part) => part.startsWith(HOP));
  return more.length === 0 && /^hop=[1-9]$/.test(hop) ? Number(hop.slice(HOP.length)) : 0;
}

/** The parts of a query string, undecoded. */
function queryOf(url: string): string[] {
  const [, query = ""] = /\?([^#]*)/.exec(url) ?? [];
  return query.split("&").filter((part) => part !== "");
}
