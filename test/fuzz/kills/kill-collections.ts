import { setTimeout } from "node:timers/promises";
import { sha256Digest } from "../../../protocol/digest.ts";
import { contentsKey, keyOfStoredTag, manifestKey, PULLED_PREFIX } from "../../../protocol/storage-keys.ts";
import { SWEEP_STATE_KEY } from "../../../protocol/sweep-state.ts";
import { fillStores, type SmallRegistry } from "../../origin/checking/small-registry.ts";
import type { Killable } from "./killable.ts";
import { expectNone, findingsIn, type KillOptions, type KillReport, killRounds } from "./kill-rounds.ts";

/** Keeps what has a mark of a pull, and waits for nobody. */
const ARGS = ["gc", "--keep-days", "0", "--grace-minutes", "0"];
/** Times in R2 are whole seconds. What was put in this second is not old. */
const SECOND_MS = 1100;
const NO_DIGEST = sha256Digest("0".repeat(64));

/** Kills collections. What was pulled stays, and each name leads to something. Throws at the first fault. */
export async function killCollections(killable: Killable, options: KillOptions): Promise<KillReport> {
  const { edge } = killable;
  const { store, index } = edge;
  let kept: SmallRegistry | undefined;
  /** A new image takes the tag of the one before, which is garbage then. */
  async function prepare(): Promise<void> {
    const state = await store.readVersion(SWEEP_STATE_KEY, Infinity);
    for await (const page of store.list(PULLED_PREFIX)) await store.remove(page.map(({ key }) => key));
    kept = await fillStores({ store, index });
    // Else `fillStores` would make a registry that was never swept.
    if (state) await store.put(SWEEP_STATE_KEY, { kind: "bytes", bytes: state.bytes }, { contentType: "text/plain" });
    await setTimeout(SECOND_MS);
  }
  async function check(): Promise<void> {
    const { tag, listTag, image } = kept ?? {};
    for (const key of [tag ?? "", manifestKey(image?.oci.digest ?? NO_DIGEST)])
      if (!(await store.head(key))) throw new Error(`${key} was pulled, and is gone`);
    // A tag goes from KV first: while R2 has it, the next run finds it.
    const dropped = keyOfStoredTag(listTag ?? "");
    expectNone((await findingsIn(edge)).filter(({ key }) => key !== dropped));
  }
  /** The other images are gone. */
  async function checkEnd(): Promise<void> {
    expectNone(await findingsIn(edge));
    const images = (await Array.fromAsync(store.list("contents/"))).flat().map(({ key }) => key);
    if (images.join() !== contentsKey(kept?.image.oci.digest ?? NO_DIGEST))
      throw new Error(`these images are left: ${images.join()}`);
  }
  return killRounds(killable, { args: ARGS, prepare, check, checkEnd }, options);
}
