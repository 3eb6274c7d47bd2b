import type { Digest } from "../../protocol/digest.ts";
import { type ImageContents, parseImageContents } from "../../protocol/image-contents.ts";
import { isListRequest, type PullRequest } from "../../protocol/image-request.ts";
import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { parseManifest } from "../../protocol/manifest.ts";
import { blobKey, contentsKey } from "../../protocol/storage-keys.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import type { BuiltImage, ImageInfo } from "../../protocol/web-api.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import { imageName } from "../requests/image-title.ts";
import { findManifest } from "../stores/manifests.ts";
import { readR2 } from "../stores/r2.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { RequestedImage } from "../requests/requested-image.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { findTagRecord } from "../stores/tag-records.ts";
import { findTrust } from "./image-trust.ts";
import { findListedImage, type ShownImage } from "./listed-image.ts";

/** The settings with which an image is looked up. */
export type InfoSettings = ImageSettings & StoreSettings;

/** Everything that the stores have of an image, or of a list and one of its images. Builds nothing. */
export async function findImageInfo(context: RequestContext<InfoSettings>, image: RequestedImage): Promise<ImageInfo> {
  const { request } = image;
  const info = { name: imageName(context.config, request), tag: request.tag, ...platformsOf(context.config, request) };
  const record = await findTagRecord(context, image);
  const shown = record && (await findShown(context, request, record));
  const built = shown && (await findBuilt(context, shown.record));
  if (!built) return info;
  const { architecture, platforms } = shown;
  const list = isListRequest(request) ? { list: record } : {};
  // Anybody can make a name up, and a call to its build's object may leave a file behind. So only a built image gets a
  // key.
  return { ...info, architecture, platforms, ...list, buildKey: await image.buildKey(), built };
}

/** What a name stands for before it is built. */
function platformsOf(
  { defaultArchitecture, platforms }: ImageSettings,
  request: PullRequest,
): Pick<ImageInfo, "architecture" | "platforms"> {
  if (isListRequest(request)) return { architecture: defaultArchitecture, platforms };
  return { architecture: request.architecture, platforms: [request.architecture] };
}

async function findShown(
  context: RequestContext<InfoSettings>,
  request: PullRequest,
  record: TagRecord,
): Promise<ShownImage | undefined> {
  if (isListRequest(request)) return findListedImage(context, record, context.config.defaultArchitecture);
  return { architecture: request.architecture, platforms: [request.architecture], record };
}

/** Also undefined if the manifest is lost: a pull then builds the image anew. */
async function findBuilt(context: RequestContext<StoreSettings>, record: TagRecord): Promise<BuiltImage | undefined> {
  const stored = await findManifest(context, record.manifests.oci);
  if (!stored) return undefined;
  const manifest = parseJsonObject(new TextDecoder().decode(stored.bytes));
  const [config, contents, trust] = await Promise.all([
    readConfig(context, manifest),
    readContents(context, record.manifests.oci),
    findTrust(context, record.manifests.oci),
  ]);
  return { ...record, manifest, config, ...(contents ? { contents } : {}), ...(trust ? { trust } : {}) };
}

/** Null if the config is not stored, or if the manifest is not complete. */
async function readConfig(context: RequestContext<StoreSettings>, json: JsonObject | null): Promise<JsonObject | null> {
  const manifest = parseManifest(json);
  return manifest && readJson(context, blobKey(manifest.config.digest));
}

async function readContents(context: RequestContext<StoreSettings>, manifest: Digest): Promise<ImageContents | null> {
  return parseImageContents(await readJson(context, contentsKey(manifest)));
}

async function readJson({ config, tiers }: RequestContext<StoreSettings>, key: string): Promise<JsonObject | null> {
  const text = await tiers.ask("r2", () => readR2(config, async (r2) => (await r2.get(key))?.text()));
  return parseJsonObject(text ?? "");
}
