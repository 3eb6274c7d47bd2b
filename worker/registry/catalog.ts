import { parseImageName } from "../../protocol/image-name.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { parseTagKey, sourceKeyPrefix, tagKeyPrefix } from "../../protocol/storage-keys.ts";
import { jsonResponse } from "../answers/content.ts";
import { CATALOG_PATH } from "../requests/endpoint.ts";
import type { Config } from "../settings.ts";
import { imageName } from "../requests/image-title.ts";
import { listKeys, nextPageHeaders, type Page, parsePage, takeEntries } from "./list-page.ts";

/**
 * Lists the images that were built, each under its shortest name, in the order of their keys in KV: by
 * architecture, then packages. Throws `UNSUPPORTED` where the registry keeps them to itself.
 */
export async function answerCatalog(config: Config, request: Request): Promise<Response> {
  if (!config.catalog) {
    // No method at all: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.1
    throw new OciError("UNSUPPORTED", "this registry does not list its images", { headers: { Allow: "" } });
  }
  const page = parsePage(request.url);
  const found = await takeEntries(namesAfter(config, page), page.limit);
  return jsonResponse({ repositories: found.entries }, nextPageHeaders(CATALOG_PATH, page, found));
}

async function* namesAfter(config: Config, { last }: Page): AsyncGenerator<string> {
  const prefix = await sourceKeyPrefix(config.packageSource);
  const position = last === undefined ? "" : await positionOf(config, last);
  for await (const key of listKeys(config.kv, prefix)) {
    const image = parseTagKey(key, prefix);
    if (!image || key <= position || (position !== "" && key.startsWith(position))) continue;
    yield imageName(config, image);
  }
}

/** Where a name stands in the list. Throws `NAME_INVALID`. */
async function positionOf(config: Config, name: string): Promise<string> {
  const { architecture = config.defaultArchitecture, ...asked } = parseImageName(name, config.maxPackages);
  return tagKeyPrefix({ source: config.packageSource, architecture, ...asked });
}
