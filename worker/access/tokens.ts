import { sign, verify } from "hono/jwt";
import type { RestrictedAccess } from "./access-settings.ts";

/** Twice as long as a client waits for a build by default, so that the pull ends with the token it began with. */
export const TOKEN_LIFETIME_S = 1800;

/** What a token says of who sent it: a user, or a guest where there is no name. */
export interface Grant {
  readonly user: string | undefined;
  /** What may be pulled with it, as `resourceOf` names it. */
  readonly resources: readonly string[];
}

/** Signs a grant for one registry, `service`, that is over after `TOKEN_LIFETIME_S`. */
export function issueToken({ tokenKey }: RestrictedAccess, service: string, grant: Grant): Promise<string> {
  const expiresAt = Math.floor(Date.now() / 1000) + TOKEN_LIFETIME_S;
  return sign({ aud: service, exp: expiresAt, ...grant }, tokenKey, "HS256");
}

/** Undefined for a token that another key or registry signed, that was changed or is over. */
export async function readToken(access: RestrictedAccess, service: string, token: string): Promise<Grant | undefined> {
  try {
    const { user, resources } = await verify(token, access.tokenKey, { alg: "HS256", aud: service });
    if (!Array.isArray(resources) || (user !== undefined && typeof user !== "string")) return undefined;
    return { user, resources: resources.map(String) };
  } catch {
    return undefined;
  }
}
