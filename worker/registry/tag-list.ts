import type { ImageName } from "../../protocol/image-name.ts";
import { tagKeyPrefix } from "../../protocol/storage-keys.ts";
import { jsonResponse, LIST_HEADERS } from "../answers/content.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { listKeys, type ListPart, nextPartHeaders, parseListPart, takeEntries } from "./list-part.ts";

/** The settings with which tags are listed. */
type ListSettings = ImageSettings & Pick<StoreSettings, "kv">;

/**
 * Lists the tags under which an image was built, as far as KV shows them. Every valid name may stand for an image. So
 * no name is unknown, and the list of an image that nobody has pulled is empty.
 */
export async function answerTagList(
  config: ListSettings,
  request: Request,
  repository: string,
  name: ImageName,
): Promise<Response> {
  const part = parseListPart(request.url);
  const found = await takeEntries(tagsAfter(config, name, part), part.limit);
  const headers = { ...LIST_HEADERS, ...nextPartHeaders(`/v2/${repository}/tags/list`, part, found) };
  return jsonResponse({ name: repository, tags: found.entries }, headers);
}

async function* tagsAfter(config: ListSettings, name: ImageName, { last }: ListPart): AsyncGenerator<string> {
  for await (const { tag } of listTags(config, name)) {
    if (last === undefined || tag > last) yield tag;
  }
}

/** A tag under which an image was built, and the key of its record in KV. */
interface ListedTag {
  readonly tag: string;
  readonly key: string;
}

/** The tags under which an image was built, as far as KV shows them. Throws `UNAVAILABLE` if KV does not answer. */
export async function* listTags(
  { kv, packageSource, defaultArchitecture }: ListSettings,
  { architecture = defaultArchitecture, ...asked }: ImageName,
): AsyncGenerator<ListedTag> {
  const prefix = await tagKeyPrefix({ source: packageSource, architecture, ...asked });
  for await (const key of listKeys(kv, prefix)) yield { tag: key.slice(prefix.length), key };
}
