import { parseJsonObject } from "../../protocol/json-object.ts";
import { sendGet } from "./http-request.ts";
import { readBody } from "./limited-body.ts";
import { RegistryError } from "./registry-error.ts";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface AuthorizationOptions {
  /** The registry's address. */
  readonly base: URL;
  readonly credentials: Credentials | undefined;
}

/** The longest usual tokens have some KiB. */
const MAX_TOKEN_BYTES = 65_536;
const PARAMETER = /([a-z_]{1,20})="([^"]{0,4000})"/gi;
/** What a header may hold. */
const TOKEN = /^[\x21-\x7e]{1,65536}$/;

/**
 * Makes the value of the `Authorization` header that a 401 asks for: a password, or a token of the server that the 401 names.
 * Throws a `RegistryError` that says what the person can do.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
export async function answerChallenge(
  challenge: string,
  { base, credentials }: AuthorizationOptions,
  request: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<string> {
  const basic = credentials && `Basic ${btoa(byteString(`${credentials.user}:${credentials.password}`))}`;
  if (/^basic\b/i.test(challenge)) return basic ?? missingPassword(base);
  const address = tokenAddress(challenge, base, credentials?.user);
  const response = await sendGet(address, { ...request, authorization: basic });
  const body = await readBody(response, MAX_TOKEN_BYTES);
  if (!response.ok) {
    if (basic === undefined) missingPassword(base);
    throw new RegistryError(`the token server refuses the password (it answered ${response.status})`, {
      status: response.status,
    });
  }
  const { token, access_token: otherName } = parseJsonObject(new TextDecoder().decode(body)) ?? {};
  const text = token ?? otherName;
  if (typeof text !== "string" || !TOKEN.test(text)) throw new RegistryError("the token server gives no token");
  return `Bearer ${text}`;
}

function tokenAddress(challenge: string, base: URL, user: string | undefined): URL {
  const parameters = new Map([...challenge.matchAll(PARAMETER)].map(([, name = "", value = ""]) => [name, value]));
  const address = URL.parse(parameters.get("realm") ?? "");
  const isSafe = address?.protocol === "https:" || (address?.protocol === "http:" && base.protocol === "http:");
  if (!/^bearer\b/i.test(challenge) || !address || !isSafe)
    throw new RegistryError("the registry asks for a kind of login that is not known here, or not safe");
  for (const name of ["service", "scope"]) {
    const value = parameters.get(name);
    if (value !== undefined) address.searchParams.set(name, value);
  }
  if (user !== undefined) address.searchParams.set("account", user);
  return address;
}

function missingPassword({ host }: URL): never {
  throw new RegistryError(`the registry wants a password: give it with --user, or run "docker login ${host}"`, {
    status: 401,
  });
}

/** `btoa` takes one character for each byte. */
function byteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
