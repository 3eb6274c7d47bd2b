import { OciError } from "../../protocol/oci-error.ts";
import type { Endpoint } from "../requests/endpoint.ts";
import type { RestrictedAccess } from "./access-settings.ts";

export const TOKEN_PATH = "/token";

/** What tokens are good for; undefined for the version check, for which any will do. */
export function resourceOf(endpoint: Endpoint): string | undefined {
  if (endpoint.kind === "version") return undefined;
  return endpoint.kind === "catalog" ? "registry:catalog" : `repository:${endpoint.repository}`;
}

/** Who a token is for: the registry under the name by which the client knows it. */
export function serviceOf(request: Request): string {
  return new URL(request.url).host;
}

/** The 401 that tells a client how to ask: https://distribution.github.io/distribution/spec/auth/token/ */
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

/** The 401 that has a browser, or another program, ask its user for a password. */
export function passwordRequired(message: string): OciError {
  return new OciError("UNAUTHORIZED", message, { headers: { "WWW-Authenticate": BASIC_CHALLENGE } });
}

function bearerChallenge(request: Request, resource: string | undefined): string {
  const { origin, host } = new URL(request.url);
  const parameters = [`realm="${quotable(origin)}${TOKEN_PATH}"`, `service="${quotable(host)}"`];
  if (resource !== undefined) parameters.push(`scope="${resource}:${resource === "registry:catalog" ? "*" : "pull"}"`);
  return `Bearer ${parameters.join(",")}`;
}

/** A host may have quotes; a quoted string may not. Names keep to a grammar without. */
function quotable(text: string): string {
  return text.replaceAll(/["\\]/g, "");
}
