import { jsonResponse } from "../answers/content.ts";
import { readStart } from "../requests/lines.ts";
import { limitPasswords, type WithLimits } from "../requests/limits.ts";
import type { RestrictedAccess } from "./access-settings.ts";
import { passwordRequired, serviceOf } from "./challenge.ts";
import { type Credentials, parseCredentials } from "./credentials.ts";
import { checkPassword } from "./passwords.ts";
import { issueToken, TOKEN_LIFETIME_S } from "./tokens.ts";

/** A form has a user, a password and some image names. */
const MAX_FORM_LENGTH = 16_384;
/** Clients ask for fewer images at once. The token must fit into a header. */
const MAX_SCOPES = 16;

/**
 * Gives out tokens for pulls: by GET with or without basic authentication, and by POST with a password in a form.
 * https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/. Throws `UNAUTHORIZED` for wrong
 * credentials, and for no credentials if nothing is public. Throws `TOOMANYREQUESTS`.
 */
export async function answerToken(config: WithLimits, access: RestrictedAccess, request: Request): Promise<Response> {
  const parameters = await readParameters(request);
  const credentials = readCredentials(request, parameters);
  const user = await authenticate(access, credentials, () => limitPasswords(config, request));
  // A guest's token names no resources: each request decides whether its image is public.
  const resources = user === undefined ? [] : grantedResources(parameters.getAll("scope"));
  const token = await issueToken(access, serviceOf(request), { user, resources });
  const issued = { token, access_token: token, expires_in: TOKEN_LIFETIME_S, issued_at: new Date().toISOString() };
  return jsonResponse(issued);
}

async function readParameters(request: Request): Promise<URLSearchParams> {
  if (request.method !== "POST") return new URL(request.url).searchParams;
  return new URLSearchParams(request.body ? await readStart(request.body, MAX_FORM_LENGTH) : "");
}

function readCredentials(request: Request, parameters: URLSearchParams): Credentials {
  if (request.method !== "POST") return parseCredentials(request);
  if (parameters.get("grant_type") !== "password") return { kind: "unreadable" };
  const [user, password] = [parameters.get("username") ?? "", parameters.get("password") ?? ""];
  return { kind: "password", user, password };
}

/** The user's name; undefined for a guest. */
async function authenticate(
  access: RestrictedAccess,
  credentials: Credentials,
  admit: () => Promise<void>,
): Promise<string | undefined> {
  if (credentials.kind === "none" && access.publicPackages.length > 0) return undefined;
  if (credentials.kind === "none") throw passwordRequired("nothing here is public; log in to pull");
  const isRight = credentials.kind === "password" && (await checkPassword(access, credentials, admit));
  if (!isRight) throw passwordRequired("user name or password is wrong");
  return credentials.user;
}

function grantedResources(parameters: readonly string[]): string[] {
  const scopes = parameters.flatMap((scope) => scope.split(" ")).slice(0, MAX_SCOPES);
  return scopes.map(grantedResource).filter((resource) => resource !== undefined);
}

const SCOPE = /^(?:(repository:[^:]{1,255}):([a-z,*]+)|(registry:catalog):\*)$/;

/** The resource of a scope that asks for pulling. Other actions in the scope are ignored. */
function grantedResource(scope: string): string | undefined {
  const [, repository, actions = "", catalog] = SCOPE.exec(scope) ?? [];
  return actions.split(",").includes("pull") ? repository : catalog;
}
