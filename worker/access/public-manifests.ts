import { EMPTY_JSON } from "../../image/referrers/artifact.ts";
import { parseReferrersIndex } from "../../image/referrers/referrers-index.ts";
import { parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import type { Digest } from "../../protocol/digest.ts";
import { type ImageConfig, parseImageConfig } from "../../protocol/image-config.ts";
import { parseImageList } from "../../protocol/image-list.ts";
import { MAX_MANIFEST_BYTES, parseManifestText } from "../../protocol/manifest.ts";
import { nameOfAttribute, PACKAGES_LABEL, SET_IMAGE_PACKAGES_LABEL } from "../../protocol/package-label.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { findManifest } from "../stores/manifests.ts";
import { readSmallObject } from "../stores/r2.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { RestrictedAccess } from "./access-settings.ts";
import { attestedImages } from "./attested-images.ts";
import { arePublic } from "./public-packages.ts";
import { Recent } from "../../protocol/recent.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/** The packages of a manifest never change. The limits only save memory. */
const REMEMBERED_MS = 3_600_000;
const MAX_REMEMBERED = 10_000;

const answersOf = perIsolate<RestrictedAccess, Recent<boolean>>(() => new Recent(MAX_REMEMBERED, REMEMBERED_MS));

/** A list of referrers names artifacts. An artifact may name a list of images, which names its images. */
const MAX_STEPS = 3;
/** Each artifact of a list costs reads. An image has about ten, and twice as many while keys are rotated. */
const MAX_LISTED = 50;

/**
 * Whether a manifest belongs to a public image. The packages in its config decide, not the name in the request. An
 * image is not public if its config lists no packages, if the package set defines it, or if it is missing. An artifact or
 * an attestation is public if its image is. A list is public if all its images or all its artifacts are.
 */
export async function isPublicManifest(
  context: RequestContext<StoreSettings>,
  access: RestrictedAccess,
  digest: Digest,
): Promise<boolean> {
  return isPublicWithin({ context, access }, digest, MAX_STEPS);
}

/** An attestation in a list of images has this architecture, and no packages of its own. */
const NO_ARCHITECTURE = "unknown";

interface Question {
  readonly context: RequestContext<StoreSettings>;
  readonly access: RestrictedAccess;
}

async function isPublicWithin(question: Question, digest: Digest, steps: number): Promise<boolean> {
  const recent = answersOf(question.access);
  const known = recent.get(digest);
  if (known !== undefined) return known;
  const about = await readAbout(question.context, digest);
  if (about === undefined) return false;
  if (about.kind === "image") {
    const isPublic = arePublic(question.access.publicPackages, about.packages);
    recent.set(digest, isPublic);
    return isPublic;
  }
  if (steps === 0 || about.manifests.length === 0 || about.manifests.length > MAX_LISTED) return false;
  for (const manifest of about.manifests) {
    if (!(await isPublicWithin(question, manifest, steps - 1))) return false;
  }
  recent.set(digest, true);
  return true;
}

/** What decides whether a manifest is public. */
type About =
  /** The packages of an image, by their names in image names. */
  | { readonly kind: "image"; readonly packages: readonly string[] }
  /** Other manifests: all must be public. */
  | { readonly kind: "others"; readonly manifests: readonly Digest[] };

/** Undefined if nothing decides, or if the manifest or the config is not complete. */
async function readAbout(context: RequestContext<StoreSettings>, digest: Digest): Promise<About | undefined> {
  const stored = await findManifest(context, digest);
  const text = stored && new TextDecoder().decode(stored.bytes);
  if (text === undefined) return undefined;
  const listed = parseReferrersIndex(text);
  if (listed) return { kind: "others", manifests: listed.map((entry) => entry.digest) };
  // The attestations of a list say nothing of other images.
  const list = parseImageList(text);
  if (list) return { kind: "others", manifests: list.images.map((image) => image.digest) };
  const config = await readConfig(context, text);
  if (config === undefined) return undefined;
  // Only the empty config has no labels that could say otherwise.
  const subject = config === EMPTY_JSON ? parseArtifactManifest(text)?.subject : undefined;
  if (subject) return { kind: "others", manifests: [subject.digest] };
  const image = parseImageConfig(config);
  if (image?.architecture === NO_ARCHITECTURE) {
    const manifests = await attestedImages(context.config, text);
    return manifests && { kind: "others", manifests };
  }
  const packages = image && readPackages(image);
  return packages ? { kind: "image", packages } : undefined;
}

async function readConfig(
  { config }: RequestContext<StoreSettings>,
  manifestText: string,
): Promise<string | undefined> {
  const manifest = parseManifestText(manifestText);
  if (!manifest) return undefined;
  const bytes = await readSmallObject(config, blobKey(manifest.config.digest), MAX_MANIFEST_BYTES);
  return bytes && new TextDecoder().decode(bytes);
}

function readPackages({ labels }: ImageConfig): readonly string[] | undefined {
  if (labels.has(SET_IMAGE_PACKAGES_LABEL)) return undefined;
  return labels.get(PACKAGES_LABEL)?.split(" ").map(nameOfAttribute);
}
