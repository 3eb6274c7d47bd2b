import { auth } from "hono/utils/basic-auth";

/** The content of an `Authorization` header, unchecked. */
export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "unreadable" };

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Clients without a password send no header, or an empty name and password (`Basic Og==`). */
export function parseCredentials(request: Request): Credentials {
  const header = request.headers.get("Authorization");
  if (header === null) return { kind: "none" };
  const [, token] = BEARER.exec(header) ?? [];
  if (token !== undefined) return { kind: "token", token };
  const basic = auth(request);
  if (!basic) return { kind: "unreadable" };
  const { username: user, password } = basic;
  return user === "" && password === "" ? { kind: "none" } : { kind: "password", user, password };
}
