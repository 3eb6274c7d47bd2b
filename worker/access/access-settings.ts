import { parsePublicPackages, type PublicPackages } from "./public-packages.ts";
import { parseUsers, type Users } from "./users.ts";

/** The bindings that decide who may pull. */
export interface AccessBindings {
  readonly AUTH?: string;
  readonly USERS?: string;
  readonly PUBLIC?: string;
}

/** Users may pull everything. Others may pull only public images. */
export interface RestrictedAccess {
  readonly scheme: "basic" | "token";
  readonly users: Users;
  readonly publicPackages: PublicPackages;
  /** Signs tokens. If the users change, the key changes, so no token outlives its user. */
  readonly tokenKey: string;
}

export type AccessSettings = { readonly scheme: "none" } | RestrictedAccess;

/** Settings that decide who may pull. */
export interface WithAccess {
  readonly access: AccessSettings;
}

/** A setting that protects nothing counts as a problem, because the operator believes that it protects. */
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
  if (users !== "" || publicPackages !== "") problems.push("USERS and PUBLIC work only with AUTH");
  return { scheme: "none" };
}
