import { MIN_SECRET_LENGTH } from "../../protocol/signature.ts";

/** The bindings that say how to reach the origins. */
export interface OriginBindings {
  /** One origin. */
  readonly ORIGIN_URL?: string;
  /** Several origins, separated by commas or spaces. They replace `ORIGIN_URL`. */
  readonly ORIGINS?: string;
  readonly ORIGIN_SECRET?: string;
  /** An `mtls_certificates` binding. Each call presents its certificate. */
  readonly ORIGIN_CERT?: Fetcher;
  /** Containers that run the origin. The host name of each URL is then the name of a container. */
  readonly ORIGIN_CONTAINERS?: DurableObjectNamespace;
  /** A service token of Cloudflare Access. Set both or none. */
  readonly ORIGIN_ACCESS_CLIENT_ID?: string;
  readonly ORIGIN_ACCESS_CLIENT_SECRET?: string;
}

/** How the origins are called. */
export interface OriginSettings {
  /** At least one URL, without duplicates and without trailing slashes. */
  readonly urls: readonly string[];
  readonly secret: string;
  /** Headers for a proxy before the origins, such as Cloudflare Access. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether a call starts a machine that otherwise sleeps: a Cloudflare Container. */
  readonly startsOnCall: boolean;
  readonly fetch: (request: Request, init: RequestInit) => Promise<Response>;
}

/** Settings that name the origins. */
export interface WithOrigins {
  readonly origin: OriginSettings;
}

/** Adds each wrong setting to `problems`. */
export function parseOriginSettings(env: OriginBindings, problems: string[]): OriginSettings {
  return {
    urls: parseUrls(env, problems),
    secret: parseSecret(env.ORIGIN_SECRET ?? "", problems),
    headers: parseAccessToken(env, problems),
    startsOnCall: env.ORIGIN_CONTAINERS !== undefined,
    fetch: (request, init) => fetcherOf(env, request.url).fetch(request, init),
  };
}

function fetcherOf({ ORIGIN_CONTAINERS, ORIGIN_CERT }: OriginBindings, url: string): Pick<Fetcher, "fetch"> {
  return ORIGIN_CONTAINERS?.getByName(new URL(url).hostname) ?? ORIGIN_CERT ?? globalThis;
}

function parseUrls({ ORIGINS, ORIGIN_URL }: OriginBindings, problems: string[]): string[] {
  const list = (ORIGINS ?? "").split(/[\s,]+/).filter((text) => text !== "");
  const name = list.length > 0 ? "each of ORIGINS" : "ORIGIN_URL";
  const urls = list.length > 0 ? list : [ORIGIN_URL ?? ""];
  if (!urls.every(isOriginUrl)) problems.push(`${name} must be an http or https URL without credentials and query`);
  return [...new Set(urls.map((url) => url.replace(/\/+$/, "")))];
}

/** Credentials in a URL would appear in logs, and signed calls do not need them. */
function isOriginUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password && !/[?#]/.test(text);
}

function parseSecret(text: string, problems: string[]): string {
  if (text.length < MIN_SECRET_LENGTH) {
    problems.push(`ORIGIN_SECRET must have at least ${MIN_SECRET_LENGTH} characters; it has ${text.length}`);
  }
  return text;
}

/** https://developers.cloudflare.com/cloudflare-one/identity/service-tokens/ */
function parseAccessToken(env: OriginBindings, problems: string[]): Record<string, string> {
  const id = env.ORIGIN_ACCESS_CLIENT_ID || undefined;
  const secret = env.ORIGIN_ACCESS_CLIENT_SECRET || undefined;
  if (id !== undefined && secret !== undefined) return { "CF-Access-Client-Id": id, "CF-Access-Client-Secret": secret };
  if (id !== undefined || secret !== undefined) {
    problems.push("ORIGIN_ACCESS_CLIENT_ID and ORIGIN_ACCESS_CLIENT_SECRET must be set both or not at all");
  }
  return {};
}
