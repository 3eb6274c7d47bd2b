import type { ImageName } from "../../protocol/image-name.ts";
import { tagKeyPrefix } from "../../protocol/storage-keys.ts";
import { jsonResponse, LIST_HEADERS } from "../answers/content.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import { type RequestedName, requestedNames } from "../requests/requested-image.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { listKeys, type ListPart, nextPartHeaders, parseListPart, takeEntries } from "./list-part.ts";
import { mergeSorted } from "./merge-sorted.ts";

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

/** A tag may have a record of a list, of an image for clients that take no list, or of both. */
async function* tagsAfter(config: ListSettings, name: ImageName, { last }: ListPart): AsyncGenerator<string> {
  const lists = requestedNames(config, name).map((label) => ({ label, texts: tagsOf(config, label) }));
  for await (const { text: tag } of mergeSorted(lists)) {
    if (last === undefined || tag > last) yield tag;
  }
}

async function* tagsOf(config: ListSettings, requested: RequestedName): AsyncGenerator<string, void> {
  for await (const { tag } of listTags(config, requested)) yield tag;
}

/** A tag under which an image or a list was built, and the key of its record in KV. */
interface ListedTag {
  readonly tag: string;
  readonly key: string;
}

/** The tags of an image or of a list, as far as KV shows them. Throws `UNAVAILABLE` if KV does not answer. */
export async function* listTags(
  { kv }: Pick<StoreSettings, "kv">,
  requested: RequestedName,
): AsyncGenerator<ListedTag> {
  const prefix = await tagKeyPrefix(requested);
  for await (const key of listKeys(kv, prefix)) yield { tag: key.slice(prefix.length), key };
}
