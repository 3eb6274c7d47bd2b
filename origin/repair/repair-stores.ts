import type { Digest } from "../../protocol/digest.ts";
import type { CheckContext } from "../checking/check-object.ts";
import { lookAgain } from "../checking/check-stores.ts";
import type { Finding } from "../checking/finding.ts";
import { createKnownObjects } from "../checking/known-objects.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { keyOfStoredTag } from "../../protocol/storage-keys.ts";
import { parseStoredKey } from "../../protocol/stored-key.ts";
import { rebuildImages } from "./rebuild-images.ts";
import { removeRecord } from "./remove-damaged.ts";
import { keysOf, removeLost } from "./remove-lost.ts";
import type { RepairContext } from "./repair-context.ts";
import { restoreEntry, storeTag } from "./restore-copies.ts";
import { putManifest, restoreObject } from "./restore-objects.ts";

/** How a finding ended. */
export type Outcome = "restored" | "rebuilt" | "removed" | "left";

export interface RepairedFinding extends Finding {
  readonly outcome: Outcome;
}

type Step = (context: RepairContext, findings: readonly Finding[]) => Promise<void>;

/** Each step is for what the steps before it could not repair. The order of the steps is that of their harm. */
const STEPS: readonly (readonly [Outcome, Step])[] = [
  ["restored", restore],
  ["rebuilt", (context, findings) => rebuildImages(context, lostKeys(findings))],
  ["removed", removeAll],
];

/**
 * Repairs what a check has found: from copies, by builds, or by removing what cannot be brought back. It may be killed at any
 * time: the next run goes on. Throws `StoreError`, and the error of a build that meets an outage.
 */
export async function repairStores(
  context: RepairContext,
  findings: readonly Finding[],
): Promise<readonly RepairedFinding[]> {
  const outcomes = new Map<string, Outcome>();
  let left = findings;
  for (const [outcome, step] of STEPS) {
    if (left.length === 0) break;
    await step(context, left);
    const wrong = await stillWrong(context, left);
    const messages = new Set(wrong.map(({ message }) => message));
    for (const { message } of left) if (!messages.has(message)) outcomes.set(message, outcome);
    left = wrong;
  }
  for (const { message } of left) outcomes.set(message, "left");
  const all = new Map([...findings, ...left].map((each) => [each.message, each]));
  return [...all.values()].map((each) => ({ ...each, outcome: outcomes.get(each.message) ?? "left" }));
}

function stillWrong(context: RepairContext, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const { store, signal } = context;
  const check: CheckContext = {
    ...context,
    known: createKnownObjects(store),
    readsBlobs: true,
    onBytes: () => {},
    signal,
  };
  return lookAgain(check, findings);
}

async function restore(context: RepairContext, findings: readonly Finding[]): Promise<void> {
  // Manifests need their blobs.
  const lost = lostKeys(findings);
  for (const key of [...keysOf(lost, "blob"), ...keysOf(lost, "manifest")]) {
    await context.alive();
    await restoreObject(context, key);
  }
  for (const each of findings) {
    await context.alive();
    await restoreFrom(context, each);
  }
}

/** Restores what another copy of the same object can restore. */
async function restoreFrom(context: RepairContext, { place, key, fault }: Finding): Promise<void> {
  if (place === "KV") {
    // A manifest in KV alone may come back to R2 by a build. One with another media type is removed.
    if (fault.kind !== "lost-name" && fault.kind !== "content-type") await restoreEntry(context, { key, fault });
    return;
  }
  const stored = parseStoredKey(key);
  if (stored?.kind === "tag" && fault.kind === "damaged") await storeTag(context, keyOfStoredTag(key));
  if (stored?.kind === "public-keys") await context.publishKeys();
  if (stored?.kind === "manifest" && fault.kind === "content-type") await correctType(context, key, stored.digest);
}

/** Puts a manifest again with its own media type. */
async function correctType(context: RepairContext, key: string, digest: Digest): Promise<void> {
  const object = await context.store.readVersion(key, MAX_MANIFEST_BYTES);
  if (object && (await putManifest(context, digest, Uint8Array.from(object.bytes))))
    context.onAction(`${key} is put again, with its media type`);
}

/** Blobs, manifests and contents that are damaged or missing. */
function lostKeys(findings: readonly Finding[]): ReadonlySet<string> {
  const keys = findings.flatMap(({ place, key, fault }) => {
    if (fault.kind === "lost-name") return [fault.lost];
    return place === "R2" && fault.kind === "damaged" ? [key] : [];
  });
  const all = new Set(keys);
  return new Set([...keysOf(all, "blob"), ...keysOf(all, "manifest"), ...keysOf(all, "contents")]);
}

async function removeAll(context: RepairContext, findings: readonly Finding[]): Promise<void> {
  const lost = lostKeys(findings);
  // An image without contents can be pulled, so it stays.
  const gone = new Set([...keysOf(lost, "blob"), ...keysOf(lost, "manifest")]);
  await removeLost(context, gone);
  for (const each of findings) {
    await context.alive();
    // Another program may have made the object again meanwhile.
    if ((await stillWrong(context, [each])).length === 0) continue;
    if (each.place === "R2") await removeRecord(context, each);
    else await restoreEntry(context, each);
  }
}
