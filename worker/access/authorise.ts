import { parseAttachedTag } from "../../image/referrers/attached-tags.ts";
import type { Digest } from "../../protocol/digest.ts";
import type { Endpoint } from "../requests/endpoint.ts";
import { limitPasswords, type WithLimits } from "../requests/limits.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { RestrictedAccess, WithAccess } from "./access-settings.ts";
import { attachedUnknown } from "../stores/attached-manifests.ts";
import { manifestUnknown } from "../stores/manifests.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { resourceOf, serviceOf, unauthorized } from "./challenge.ts";
import { type Credentials, parseCredentials } from "./credentials.ts";
import { checkPassword } from "./passwords.ts";
import { isPublicManifest } from "./public-manifests.ts";
import { arePublic } from "./public-packages.ts";
import { readToken } from "./tokens.ts";

/** The client: a user, a guest with a token that names no user, or a stranger without credentials. */
type Caller =
  | { readonly kind: "user"; readonly mayPull: (resource: string) => boolean }
  | { readonly kind: "guest" }
  | { readonly kind: "stranger" };

/**
 * Decides whether a request may be answered, before anything is looked up. Returns the endpoint as the client may see it.
 * Throws `UNAUTHORIZED` with the challenge by which clients log in. Wrong credentials are refused even if the request
 * needs none.
 */
export async function authorise(
  context: RequestContext<WithAccess & WithLimits & StoreSettings>,
  endpoint: Endpoint,
): Promise<Endpoint> {
  const { config, request } = context;
  const { access } = config;
  if (access.scheme === "none") return endpoint;
  const caller = await identify(config, access, request);
  if (!caller) throw unauthorized(REFUSALS[access.scheme], access, request, endpoint);
  const resource = resourceOf(endpoint);
  if (resource === undefined ? caller.kind !== "stranger" : caller.kind === "user" && caller.mayPull(resource)) {
    return endpoint;
  }
  if (!("name" in endpoint) || !arePublic(access.publicPackages, endpoint.name.packages)) {
    throw unauthorized(LOG_IN, access, request, endpoint);
  }
  return publicView(context, access, endpoint);
}

const LOG_IN = "this image is not public; log in to pull it";
const REFUSALS = {
  basic: "user name or password is wrong",
  token: "this is no valid token of this registry; log in again",
};

/** Undefined if the credentials are wrong. */
async function identify(config: WithLimits, access: RestrictedAccess, request: Request): Promise<Caller | undefined> {
  const credentials = parseCredentials(request);
  if (credentials.kind === "none") return { kind: "stranger" };
  if (access.scheme === "token") return identifyBearer(access, request, credentials);
  if (credentials.kind !== "password") return undefined;
  const isRight = await checkPassword(access, credentials, () => limitPasswords(config, request));
  return isRight ? { kind: "user", mayPull: () => true } : undefined;
}

async function identifyBearer(
  access: RestrictedAccess,
  request: Request,
  credentials: Credentials,
): Promise<Caller | undefined> {
  if (credentials.kind !== "token") return undefined;
  const grant = await readToken(access, serviceOf(request), credentials.token);
  if (!grant) return undefined;
  return grant.user === undefined
    ? { kind: "guest" }
    : { kind: "user", mayPull: (resource) => grant.resources.includes(resource) };
}

/**
 * Anybody can ask for any digest under any image name. So a guest must not get a private manifest by its digest, nor what
 * stands beside a private image. Both are unknown to the guest, in the words for missing ones. A list of referrers is
 * never unknown, so the guest gets the empty list.
 */
async function publicView(
  context: RequestContext<StoreSettings>,
  access: RestrictedAccess,
  endpoint: Endpoint,
): Promise<Endpoint> {
  const subject = subjectOf(endpoint);
  if (subject === undefined || (await isPublicManifest(context, access, subject))) return endpoint;
  if (endpoint.kind === "tag") throw attachedUnknown(endpoint.tag);
  if (endpoint.kind === "referrers") return { ...endpoint, digest: undefined };
  throw manifestUnknown(subject);
}

/** The manifest that must be public. Undefined if the name alone decides. */
function subjectOf(endpoint: Endpoint): Digest | undefined {
  if (endpoint.kind === "tag") return parseAttachedTag(endpoint.tag)?.subject;
  return endpoint.kind === "manifest" || endpoint.kind === "referrers" ? endpoint.digest : undefined;
}
