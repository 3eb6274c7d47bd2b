import { blobKey, bundleKey, keyOfStoredTag, manifestKey } from "../../../protocol/storage-keys.ts";
import { fillStores, HASH } from "../../origin/checking/small-registry.ts";
import type { TestEdge } from "../../start/local-edge/test-edge.ts";
import type { Killable } from "./killable.ts";
import { expectNone, findingsIn, type KillOptions, type KillReport, killRounds } from "./kill-rounds.ts";

/** Without Nix, a repair restores and removes. */
const ARGS = ["fsck", "--repair", "--no-rebuild", "--settle-seconds", "0"];
/** The keys of these objects have digests. So no other image has them. */
const OF_ONE_IMAGE = ["blobs/", "manifests/", "contents/", "attached/", "trust/"];
const OPTIONS = { contentType: "application/octet-stream" };

/** Kills repairs. An image that nobody has damaged stays as it is. Throws at the first fault. */
export async function killRepairs(killable: Killable, options: KillOptions): Promise<KillReport> {
  const { edge } = killable;
  await fillStores(edge);
  const sound = await versionsOf(edge);
  async function check(): Promise<void> {
    const now = await versionsOf(edge);
    for (const [key, etag] of sound) if (now.get(key) !== etag) throw new Error(`${key} was whole, and has changed`);
  }
  async function checkEnd(): Promise<void> {
    await check();
    expectNone(await findingsIn(edge));
  }
  return killRounds(killable, { args: ARGS, prepare: () => damage(edge), check, checkEnd }, options);
}

async function versionsOf({ store }: TestEdge): Promise<ReadonlyMap<string, string | undefined>> {
  const keys: string[] = [];
  for (const prefix of OF_ONE_IMAGE)
    for await (const page of store.list(prefix)) keys.push(...page.map(({ key }) => key));
  const versions = keys.map(async (key) => [key, (await store.readVersion(key, Infinity))?.etag] as const);
  return new Map(await Promise.all(versions));
}

/** Writes another image, and damages it in several ways. */
async function damage({ store, index }: TestEdge): Promise<void> {
  const { layers, list, tag, listTag } = await fillStores({ store, index });
  const overwrite = (key: string) => store.put(key, { kind: "bytes", bytes: Buffer.from("damage") }, OPTIONS);
  await overwrite(blobKey(layers[0].digest));
  await store.remove([blobKey(layers[1].digest)]);
  await overwrite(bundleKey(HASH));
  await overwrite(manifestKey(list.oci.digest));
  await index.remove([keyOfStoredTag(tag), keyOfStoredTag(listTag)]);
}
