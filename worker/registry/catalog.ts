import { parseImageName } from "../../protocol/image-name.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { parseTagKey, sourceKeyPrefix, tagKeyPrefix } from "../../protocol/storage-keys.ts";
import { jsonResponse, LIST_HEADERS } from "../answers/content.ts";
import { CATALOG_PATH } from "../requests/endpoint.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { imageName } from "../requests/image-title.ts";
import { listKeys, type ListPart, nextPartHeaders, parseListPart, takeEntries } from "./list-part.ts";

/** The binding that opens the list of all images. */
export interface CatalogBindings {
  readonly CATALOG?: string;
}

/** Whether the registry lists its images. */
export interface CatalogSettings {
  /** Whether clients may read the list of all images. */
  readonly catalog: boolean;
}

/** Adds a wrong setting to `problems`. */
export function parseCatalog({ CATALOG: text = "false" }: CatalogBindings, problems: string[]): CatalogSettings {
  if (text !== "true" && text !== "false") {
    problems.push(`CATALOG is ${JSON.stringify(text)}; it must be true or false`);
  }
  return { catalog: text === "true" };
}

/** The settings with which images are listed. */
type ListSettings = CatalogSettings & ImageSettings & Pick<StoreSettings, "kv">;

/**
 * Lists the images that were built, each under its shortest name. The order is that of their keys in KV: by
 * architecture, then by packages. Throws `UNSUPPORTED` if the registry does not list its images.
 */
export async function answerCatalog(config: ListSettings, request: Request): Promise<Response> {
  if (!config.catalog) {
    // An empty `Allow` means that no method is allowed: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.1
    throw new OciError("UNSUPPORTED", "this registry does not list its images", { headers: { Allow: "" } });
  }
  const part = parseListPart(request.url);
  const found = await takeEntries(namesAfter(config, part), part.limit);
  const headers = { ...LIST_HEADERS, ...nextPartHeaders(CATALOG_PATH, part, found) };
  return jsonResponse({ repositories: found.entries }, headers);
}

async function* namesAfter(config: ListSettings, { last }: ListPart): AsyncGenerator<string> {
  const prefix = await sourceKeyPrefix(config.packageSource);
  const position = last === undefined ? "" : await positionOf(config, last);
  for await (const key of listKeys(config.kv, prefix)) {
    const image = parseTagKey(key, prefix);
    if (!image || key <= position || (position !== "" && key.startsWith(position))) continue;
    yield imageName(config, image);
  }
}

/** The key after which the list goes on after a name. Throws `NAME_INVALID`. */
async function positionOf(config: ImageSettings, name: string): Promise<string> {
  const { architecture = config.defaultArchitecture, ...asked } = parseImageName(name, config.maxPackages);
  return tagKeyPrefix({ source: config.packageSource, architecture, ...asked });
}
