import { sign, verify } from "hono/jwt";
import type { RestrictedAccess } from "./access-settings.ts";

/** Twice the default `BUILD_WAIT`, so that one token lasts for a whole pull. */
export const TOKEN_LIFETIME_S = 1800;

/** The content of a token. Without a name, its owner is a guest. */
export interface Grant {
  readonly user: string | undefined;
  /** The resources that the token's owner may pull, as `resourceOf` names them. */
  readonly resources: readonly string[];
}

/** Signs a grant for the registry `service`. The token expires after `TOKEN_LIFETIME_S`. */
export function issueToken({ tokenKey }: RestrictedAccess, service: string, grant: Grant): Promise<string> {
  const expiresAt = Math.floor(Date.now() / 1000) + TOKEN_LIFETIME_S;
  return sign({ aud: service, exp: expiresAt, ...grant }, tokenKey, "HS256");
}

/** Undefined if the token is for another registry, has another signature, was changed, or has expired. */
export async function readToken(access: RestrictedAccess, service: string, token: string): Promise<Grant | undefined> {
  try {
    const { user, resources } = await verify(token, access.tokenKey, { alg: "HS256", aud: service });
    if (!Array.isArray(resources) || (user !== undefined && typeof user !== "string")) return undefined;
    return { user, resources: resources.map(String) };
  } catch {
    return undefined;
  }
}
