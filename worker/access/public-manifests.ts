import type { Digest } from "../../protocol/digest.ts";
import { parseImageConfig } from "../../protocol/image-config.ts";
import { parseManifestText } from "../../protocol/manifest.ts";
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

/** The packages of a manifest never change. The limits only save memory. */
const REMEMBERED_MS = 3_600_000;
const MAX_REMEMBERED = 10_000;

const answersOf = perIsolate<RestrictedAccess, Recent<boolean>>(() => new Recent(MAX_REMEMBERED, REMEMBERED_MS));

/**
 * Whether a manifest belongs to a public image. The packages in its config decide, not the name in the request. An
 * image is not public if its config lists no packages, if the package set defines it, or if it is missing.
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

/**
 * The packages of an image, by their names in image names. Undefined if the config does not list them, or if the
 * manifest or the config is not complete.
 */
async function readPackages(
  context: RequestContext<StoreSettings>,
  digest: Digest,
): Promise<readonly string[] | undefined> {
  const stored = await findManifest(context, digest);
  const manifest = stored && parseManifestText(new TextDecoder().decode(stored.bytes));
  if (!manifest) return undefined;
  const key = blobKey(manifest.config.digest);
  const text = await readR2(context.config, async (r2) => (await r2.get(key))?.text());
  const labels = parseImageConfig(text ?? "")?.labels;
  if (!labels || labels.has(SET_IMAGE_PACKAGES_LABEL)) return undefined;
  return labels.get(PACKAGES_LABEL)?.split(" ").map(nameOfAttribute);
}
