import { RegistryError } from "./registry-error.ts";

export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Goes to the first host alone. */
  readonly authorization?: string | undefined;
  readonly signal: AbortSignal;
}

/** Cornice redirects a client that waits for a build nine times. */
const MAX_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a GET, and follows redirects: at most ten, none from https to http. The answer may have any status. Throws
 * `RegistryError`, and the signal's reason.
 */
export async function sendGet(address: URL, request: HttpRequest): Promise<Response> {
  let url = address;
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const response = await sendOnce(url, request, url.origin === address.origin);
    if (!REDIRECTS.has(response.status)) return response;
    await response.body?.cancel();
    url = redirected(response, url);
  }
  throw new RegistryError(`the server redirects more than ${MAX_REDIRECTS} times`);
}

async function sendOnce(url: URL, { headers, authorization, signal }: HttpRequest, isOwn: boolean): Promise<Response> {
  const credentials = isOwn && authorization !== undefined ? { authorization } : {};
  try {
    return await fetch(url, { headers: { ...headers, ...credentials }, redirect: "manual", signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new RegistryError("the server cannot be reached", { isTransient: true, cause });
  }
}

function redirected({ headers }: Response, from: URL): URL {
  const location = headers.get("location");
  const url = location === null ? null : URL.parse(location, from.href);
  const isAllowed = url?.protocol === "https:" || (url?.protocol === "http:" && from.protocol === "http:");
  if (!url || !isAllowed || url.username !== "" || url.password !== "")
    throw new RegistryError("the server redirects to an address that is not safe to follow");
  return url;
}
