import { parseImageContents } from "../../protocol/image-contents.ts";
import { isArchitecture } from "../../protocol/image-request.ts";
import { isJsonObject, isListOf } from "../../protocol/json-object.ts";
import { type GuestPackages, isIndexedPackage } from "../../protocol/package-index.ts";
import { type NoticeList, parseNotices, SITE_NOTICES_PATH } from "../../protocol/notices.ts";
import { parseTagRecord } from "../../protocol/tag-record.ts";
import {
  type BuildStarted,
  type BuiltImage,
  IMAGE_DOCUMENTS,
  type ImageInfo,
  type ImageProvenance,
  type ImageTrust,
  type PopularImages,
  type RegistryInfo,
} from "../../protocol/web-api.ts";
import { ask } from "./api.ts";

/** Asks for facts about the registry. Throws `ApiError`, as all calls here do. */
export function askRegistry(signal?: AbortSignal): Promise<RegistryInfo> {
  return ask("/api/registry", parseRegistryInfo, signal ? { signal } : {});
}

export function askImage(name: string, tag: string, signal?: AbortSignal): Promise<ImageInfo> {
  const path = `/api/images/${name.split("/").map(encodeURIComponent).join("/")}?tag=${encodeURIComponent(tag)}`;
  return ask(path, parseImageInfo, signal ? { signal } : {});
}

/** Asks for the packages that people may search. A guest gets those that are public. */
export function askPackages(signal?: AbortSignal): Promise<GuestPackages> {
  return ask("/api/packages", parsePackages, signal ? { signal } : {});
}

/** Asks what people should know before they ask for a build. */
export function askNotices(signal?: AbortSignal): Promise<NoticeList> {
  return ask(SITE_NOTICES_PATH, parseNotices, signal ? { signal } : {});
}

export function askPopular(): Promise<PopularImages> {
  return ask("/api/popular", parsePopularImages);
}

/** Begins a build, or joins a running one. */
export function startBuild(name: string, tag: string): Promise<BuildStarted> {
  return ask("/api/builds", parseBuildStarted, { body: { name, tag } });
}

export function parseRegistryInfo(value: unknown): RegistryInfo | null {
  if (!isJsonObject(value)) return null;
  const { source, defaultArchitecture, platforms, architectures, hasTags, maxPackages, catalog, needsLogin } = value;
  if (!isArchitecture(defaultArchitecture) || typeof maxPackages !== "number") return null;
  if (!isListOf(platforms, isArchitecture) || !isListOf(architectures, isArchitecture)) return null;
  if (typeof hasTags !== "boolean" || typeof catalog !== "boolean" || typeof needsLogin !== "boolean") return null;
  const info = { defaultArchitecture, platforms, architectures, hasTags, maxPackages, catalog, needsLogin };
  if (source === undefined) return info;
  return typeof source === "string" ? { ...info, source } : null;
}

export function parseImageInfo(value: unknown): ImageInfo | null {
  if (!isJsonObject(value)) return null;
  const { name, tag, architecture, platforms, buildKey } = value;
  if (typeof name !== "string" || typeof tag !== "string") return null;
  if (!isArchitecture(architecture) || !isListOf(platforms, isArchitecture)) return null;
  if (buildKey !== undefined && typeof buildKey !== "string") return null;
  const info = { name, tag, architecture, platforms, ...(buildKey === undefined ? {} : { buildKey }) };
  if (value["built"] === undefined) return info;
  const built = parseBuiltImage(value["built"]);
  const list = parseTagRecord(value["list"]);
  return built && { ...info, ...(list && { list }), built };
}

function parseBuiltImage(value: unknown): BuiltImage | null {
  const record = parseTagRecord(value);
  if (!record || !isJsonObject(value)) return null;
  const contents = parseImageContents(value["contents"]);
  const { manifest, config } = value;
  const trust = parseTrust(value["trust"]);
  return { ...record, manifest, config, ...(contents ? { contents } : {}), ...(trust ? { trust } : {}) };
}

/** Undefined for a malformed value, too: the page works without it. */
function parseTrust(value: unknown): ImageTrust | undefined {
  if (!isJsonObject(value)) return undefined;
  const { keyIds, documents } = value;
  if (!isListOf(keyIds, isText) || !isListOf(documents, isText)) return undefined;
  const provenance = parseProvenance(value["provenance"]);
  return {
    keyIds,
    documents: IMAGE_DOCUMENTS.filter((document) => documents.includes(document)),
    ...(provenance && { provenance }),
  };
}

function parseProvenance(value: unknown): ImageProvenance | undefined {
  const { source, revision } = isJsonObject(value) ? value : {};
  if (typeof source !== "string") return undefined;
  return { source, ...(typeof revision === "string" && { revision }) };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function parsePackages(value: unknown): GuestPackages | null {
  const packages = isJsonObject(value) ? value["packages"] : undefined;
  return isListOf(packages, isIndexedPackage) ? { packages } : null;
}

export function parsePopularImages(value: unknown): PopularImages | null {
  const images: unknown = isJsonObject(value) ? value["images"] : undefined;
  return isListOf(images, isText) ? { images } : null;
}

export function parseBuildStarted(value: unknown): BuildStarted | null {
  return isJsonObject(value) && typeof value["key"] === "string" ? { key: value["key"] } : null;
}
