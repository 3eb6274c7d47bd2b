import { OciError } from "../../protocol/oci-error.ts";
import { limitPasswords, type WithLimits } from "../requests/limits.ts";
import type { WithAccess } from "./access-settings.ts";
import { passwordRequired } from "./challenge.ts";
import { parseCredentials } from "./credentials.ts";
import { checkPassword } from "./passwords.ts";

/** Who looks at the site. If the registry has no users, everybody is `anybody`. A guest has not logged in. */
export type Person = "anybody" | "user" | "guest";

/**
 * Identifies a person by the password: browsers fetch no tokens, so this holds for each `AUTH`. Throws `UNAUTHORIZED`
 * for a wrong password.
 */
export async function identifyPerson(config: WithAccess & WithLimits, request: Request): Promise<Person> {
  const { access } = config;
  if (access.scheme === "none") return "anybody";
  const credentials = parseCredentials(request);
  if (credentials.kind === "none") return "guest";
  const isRight =
    credentials.kind === "password" &&
    (await checkPassword(access, credentials, () => limitPasswords(config, request)));
  if (!isRight) throw passwordRequired("user name or password is wrong");
  return "user";
}

/** The error for a guest at a path for users. */
export function loginRequired(): OciError {
  return passwordRequired("this registry is for users only; log in to look at it");
}

/**
 * Throws `DENIED` for a request of another site's page: browsers send passwords with it without asking. Compares only
 * hosts, not schemes, because TLS may end before the Worker.
 */
export function checkSameOrigin({ headers, url }: Request): void {
  const origin = headers.get("Origin");
  if (origin === null || URL.parse(origin)?.host === new URL(url).host) return;
  throw new OciError("DENIED", "pages of other sites may not use this registry");
}
