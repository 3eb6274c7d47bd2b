import { isDigest, type Digest } from "../../protocol/digest.ts";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { nameOfAttribute, PACKAGES_LABEL, SET_IMAGE_PACKAGES_LABEL } from "../../protocol/package-label.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { findManifest } from "../stores/manifests.ts";
import { readR2 } from "../stores/r2.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { RestrictedAccess } from "./access-settings.ts";
import { arePublic } from "./public-packages.ts";
import { Recent } from "../../protocol/recent.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/** A manifest never changes its packages; the bounds are for the isolate's memory alone. */
const REMEMBERED_MS = 3_600_000;
const MAX_REMEMBERED = 10_000;

const answersOf = perIsolate<RestrictedAccess, Recent<boolean>>(() => new Recent(MAX_REMEMBERED, REMEMBERED_MS));

/**
 * Whether a manifest is of an image of public packages, whatever name it is asked for under: its config lists
 * them. An image that lists none, that the package set defines, or that is not there, is not public.
 */
export async function isPublicManifest(
  context: RequestContext<StoreSettings>,
  access: RestrictedAccess,
  digest: Digest,
): Promise<boolean> {
  const recent = answersOf(access);
  const known = recent.get(digest);
  if (known !== undefined) return known;
  const packages = await readPackages(context, digest);
  if (packages === undefined) return false;
  const isPublic = arePublic(access.publicPackages, packages);
  recent.set(digest, isPublic);
  return isPublic;
}

/** The packages of an image under the names by which they are asked for; undefined where they are not told. */
async function readPackages(
  context: RequestContext<StoreSettings>,
  digest: Digest,
): Promise<readonly string[] | undefined> {
  const manifest = await findManifest(context, digest);
  if (!manifest) return undefined;
  const configDigest = member(new TextDecoder().decode(manifest.bytes), "config", "digest");
  if (configDigest === undefined || !isDigest(configDigest)) return undefined;
  const blob = await readR2(context.config, async (r2) => (await r2.get(blobKey(configDigest)))?.text());
  if (blob === undefined || member(blob, "config", "Labels", SET_IMAGE_PACKAGES_LABEL) !== undefined) return undefined;
  const attributes = member(blob, "config", "Labels", PACKAGES_LABEL);
  return attributes?.split(" ").map(nameOfAttribute);
}

/** A text deep in a JSON object; undefined where there is none. */
function member(json: string, ...path: readonly string[]): string | undefined {
  let value: unknown = parseJsonObject(json);
  for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
  return typeof value === "string" ? value : undefined;
}
