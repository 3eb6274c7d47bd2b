import { SITE_NOTICES_PATH } from "../../protocol/notices.ts";
import { OciError } from "../../protocol/oci-error.ts";
import type { AccessSettings, WithAccess } from "../access/access-settings.ts";
import { identifyPerson, loginRequired, type Person } from "../access/authorise-person.ts";
import { pathOf } from "../requests/endpoint.ts";
import type { WithLimits } from "../requests/limits.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { type AssetSettings, openPage, textResponse, wantsHtml } from "./html.ts";

/** A browser that opens this address asks for a password, and then goes to the start page. */
export const LOGIN_PATH = "/login";

/** Identifies a person who may see this path. Throws `UNAUTHORIZED`. */
export async function admitPerson(config: WithAccess & WithLimits, request: Request): Promise<Person> {
  const person = await identifyPerson(config, request);
  if (person === "guest" && !isForGuests(pathOf(request.url), config.access)) throw loginRequired();
  return person;
}

/** Guests learn that users log in. They search the packages that are public, and pull them, which may build. */
function isForGuests(path: string, access: AccessSettings): boolean {
  if (path === "/api/registry" || path === SITE_NOTICES_PATH) return true;
  return path === "/api/packages" && access.scheme !== "none" && access.publicPackages.length > 0;
}

/**
 * The answer to a browser whose person must log in. The browser asks for the password. If the person gives none, the
 * browser shows this answer. Undefined if the person was admitted. Other programs get the error.
 */
export async function askForLogin(
  context: RequestContext<AssetSettings>,
  admit: () => Promise<void>,
): Promise<Response | undefined> {
  try {
    await admit();
    return undefined;
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== "UNAUTHORIZED" || !wantsHtml(context.request)) throw error;
    const { status, message, headers } = error;
    const answer = (await openPage(context, "/login-needed", status)) ?? textResponse(`${message}\n`, status);
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
    return answer;
  }
}

/** Where a person goes after the login. */
export function toStartPage(): Response {
  return new Response(null, { status: 303, headers: { Location: "/" } });
}
