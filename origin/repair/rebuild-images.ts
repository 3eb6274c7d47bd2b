import { OciError } from "../../protocol/oci-error.ts";
import type { PullRequest } from "../../protocol/image-request.ts";
import { keyOfStoredTag, parseTagKey, sourceKeyPrefix } from "../../protocol/storage-keys.ts";
import { parseStoredKey, STORED_PREFIXES } from "../../protocol/stored-key.ts";
import { outage } from "../builds/outage.ts";
import { hidingStore } from "./hidden-objects.ts";
import { createNameTree } from "./named-objects.ts";
import type { Rebuilder, RepairContext, Rebuilding } from "./repair-context.ts";

/** Builds the image of each tag that leads to a lost object. Reports a refusal. Throws the error of an outage. */
export async function rebuildImages(context: RepairContext, lost: ReadonlySet<string>): Promise<void> {
  const { store, rebuilding, alive } = context;
  if (!rebuilding || lost.size === 0) return;
  const hiding = hidingStore(store);
  hiding.hide(lost);
  const names = createNameTree(store);
  let rebuilder: Promise<Rebuilder> | undefined;
  try {
    for await (const page of store.list(STORED_PREFIXES.tag)) {
      for (const { key } of page) {
        await alive();
        const request = await requestOfTag(rebuilding, key);
        const way = request ? await names.wayTo(key, lost) : [];
        if (!request || way.length === 0) continue;
        hiding.hide(way.filter((each) => each !== key));
        rebuilder ??= rebuilding.open(hiding);
        await rebuild(context, await rebuilder, request, key);
      }
    }
  } finally {
    await (await rebuilder)?.close();
  }
}

async function rebuild(
  { onAction }: RepairContext,
  rebuilder: Rebuilder,
  request: PullRequest,
  key: string,
): Promise<void> {
  try {
    await rebuilder.build(request);
    onAction(`${key} is built again`);
  } catch (error) {
    const { code, message } = error instanceof OciError ? error : outage(error);
    // Later, the image can perhaps be built. So nothing is removed now.
    if (code === "UNAVAILABLE" || code === "UNKNOWN") throw error;
    onAction(`${key} cannot be built again: ${message.split("\n", 1).join()}`);
  }
}

/** Undefined for a tag of another package source. */
async function requestOfTag({ source }: Rebuilding, storedKey: string): Promise<PullRequest | undefined> {
  const stored = parseStoredKey(storedKey);
  const prefix = await sourceKeyPrefix(source);
  const key = keyOfStoredTag(storedKey);
  const name = stored?.kind === "tag" && key.startsWith(prefix) ? parseTagKey(key, prefix) : undefined;
  return name && stored?.kind === "tag" ? { ...name, source, tag: stored.tag } : undefined;
}
