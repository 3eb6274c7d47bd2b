import { OciError } from "../../protocol/oci-error.ts";

/** The part of a list that a client asks for with `n` and `last`. */
export interface ListPart {
  readonly limit: number;
  /** The part begins after this entry; undefined for the start of the list. */
  readonly last: string | undefined;
}

/** KV lists as many keys in one operation. */
const MAX_ENTRIES = 1000;

/** Reads `n` and `last`. An `n` above the limit counts as the limit. Throws `PAGINATION_NUMBER_INVALID`. */
export function parseListPart(url: string): ListPart {
  const { searchParams } = new URL(url);
  const n = searchParams.get("n") ?? String(MAX_ENTRIES);
  if (!/^\d+$/.test(n)) throw new OciError("PAGINATION_NUMBER_INVALID", "n must be a whole number of entries");
  return { limit: Math.min(Number(n), MAX_ENTRIES), last: searchParams.get("last") ?? undefined };
}

/** The entries of one part, and whether more follow. */
export interface Entries {
  readonly entries: readonly string[];
  readonly hasMore: boolean;
}

/** Takes the first entries of a sorted list, each once. Does not read the list if the limit is 0. */
export async function takeEntries(list: AsyncIterable<string>, limit: number): Promise<Entries> {
  const entries = new Set<string>();
  if (limit === 0) return { entries: [], hasMore: false };
  for await (const entry of list) {
    if (entries.size === limit && !entries.has(entry)) return { entries: [...entries], hasMore: true };
    entries.add(entry);
  }
  return { entries: [...entries], hasMore: false };
}

/** All keys of a prefix in the order of their bytes. Throws `UNAVAILABLE` if KV does not answer. */
export async function* listKeys(kv: KVNamespace, prefix: string): AsyncGenerator<string> {
  let cursor: string | null = null;
  do {
    const listed: KVNamespaceListResult<unknown> = await kv.list({ prefix, cursor }).catch(unavailable);
    for (const { name } of listed.keys) yield name;
    cursor = listed.list_complete ? null : listed.cursor;
  } while (cursor !== null);
}

function unavailable(cause: unknown): never {
  throw new OciError("UNAVAILABLE", "the list cannot be read now; pulls still work", { cause });
}

/** The address of the next part: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags */
export function nextPartHeaders(
  path: string,
  { limit }: ListPart,
  { entries, hasMore }: Entries,
): Record<string, string> {
  const last = entries.at(-1);
  if (!hasMore || last === undefined) return {};
  return { Link: `<${path}?${new URLSearchParams({ n: String(limit), last }).toString()}>; rel="next"` };
}
