import { OciError } from "../../protocol/oci-error.ts";
import type { Endpoint } from "../requests/endpoint.ts";
import type { RestrictedAccess } from "./access-settings.ts";

export const TOKEN_PATH = "/token";

/** The resource that a token must name. Undefined for the version check: any token is enough for that. */
export function resourceOf(endpoint: Endpoint): string | undefined {
  if (endpoint.kind === "version") return undefined;
  return endpoint.kind === "catalog" ? "registry:catalog" : `repository:${endpoint.repository}`;
}

/** The registry that a token is for: the host name by which the client knows it. */
export function serviceOf(request: Request): string {
  return new URL(request.url).host;
}

/** The 401 that tells a client how to log in: https://distribution.github.io/distribution/spec/auth/token/ */
export function unauthorized(
  message: string,
  { scheme }: RestrictedAccess,
  request: Request,
  endpoint: Endpoint,
): OciError {
  const challenge = scheme === "basic" ? BASIC_CHALLENGE : bearerChallenge(request, resourceOf(endpoint));
  return new OciError("UNAUTHORIZED", message, { headers: { "WWW-Authenticate": challenge } });
}

const BASIC_CHALLENGE = 'Basic realm="Cornice", charset="UTF-8"';

/** The 401 that makes a browser, or another program, ask its user for a password. */
export function passwordRequired(message: string): OciError {
  return new OciError("UNAUTHORIZED", message, { headers: { "WWW-Authenticate": BASIC_CHALLENGE } });
}

function bearerChallenge(request: Request, resource: string | undefined): string {
  const { origin, host } = new URL(request.url);
  const parameters = [`realm="${quotable(origin)}${TOKEN_PATH}"`, `service="${quotable(host)}"`];
  if (resource !== undefined) parameters.push(`scope="${resource}:${resource === "registry:catalog" ? "*" : "pull"}"`);
  return `Bearer ${parameters.join(",")}`;
}

/** A host may have quotes, and a quoted string must not. Image names have no quotes. */
function quotable(text: string): string {
  return text.replaceAll(/["\\]/g, "");
}
