import { parsePublicPackages, type PublicPackages } from "./public-packages.ts";
import { parseUsers, type Users } from "./users.ts";

/** What the Worker is told about who may pull. */
export interface AccessBindings {
  readonly AUTH?: string;
  readonly USERS?: string;
  readonly PUBLIC?: string;
}

/** Users may pull everything; everybody else what is made of public packages alone. */
export interface RestrictedAccess {
  readonly scheme: "basic" | "token";
  readonly users: Users;
  readonly publicPackages: PublicPackages;
  /** Signs tokens. Another set of users gives another key, so that no token outlives its user. */
  readonly tokenKey: string;
}

export type AccessSettings = { readonly scheme: "none" } | RestrictedAccess;

/** Settings that say who may pull. */
export interface WithAccess {
  readonly access: AccessSettings;
}

/** Settings that protect nothing count as problems: whoever made them believes otherwise. */
export function parseAccess(env: AccessBindings, secret: string, problems: string[]): AccessSettings {
  const { AUTH: scheme = "none", USERS: users = "", PUBLIC: publicPackages = "" } = env;
  if (scheme === "basic" || scheme === "token") {
    return {
      scheme,
      users: parseUsers(users, problems),
      publicPackages: parsePublicPackages(publicPackages, problems),
      tokenKey: `cornice token\n${secret}\n${users}`,
    };
  }
  if (scheme !== "none") problems.push(`AUTH is ${JSON.stringify(scheme)}; it must be none, basic or token`);
  if (users !== "" || publicPackages !== "") problems.push("USERS and PUBLIC have a meaning only with AUTH");
  return { scheme: "none" };
}
