import type { ImageName } from "../../protocol/image-name.ts";
import { tagKeyPrefix } from "../../protocol/storage-keys.ts";
import { jsonResponse } from "../answers/content.ts";
import type { Config } from "../settings.ts";
import { listKeys, nextPageHeaders, type Page, parsePage, takeEntries } from "./list-page.ts";

/**
 * Lists the tags under which an image was built, as far as KV shows them yet. Every name that keeps to the
 * grammar may stand for an image, so that one never pulled has an empty list, and none is unknown.
 */
export async function answerTagList(
  config: Config,
  request: Request,
  repository: string,
  name: ImageName,
): Promise<Response> {
  const page = parsePage(request.url);
  const found = await takeEntries(tagsAfter(config, name, page), page.limit);
  const headers = nextPageHeaders(`/v2/${repository}/tags/list`, page, found);
  return jsonResponse({ name: repository, tags: found.entries }, headers);
}

async function* tagsAfter(config: Config, name: ImageName, { last }: Page): AsyncGenerator<string> {
  for await (const tag of listTags(config, name)) {
    if (last === undefined || tag > last) yield tag;
  }
}

/** The tags under which an image was built, as far as KV shows them. Throws `UNAVAILABLE` where KV does not answer. */
export async function* listTags(
  { kv, packageSource, defaultArchitecture }: Config,
  { architecture = defaultArchitecture, ...asked }: ImageName,
): AsyncGenerator<string> {
  const prefix = await tagKeyPrefix({ source: packageSource, architecture, ...asked });
  for await (const key of listKeys(kv, prefix)) yield key.slice(prefix.length);
}
