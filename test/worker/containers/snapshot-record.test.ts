import { describe, expect, it } from "vitest";
import {
  afterRestore,
  maySave,
  parseSnapshotRecord,
  usableSnapshot,
  whileRestoring,
  withoutSnapshot,
  withSnapshot,
} from "../../../worker/containers/snapshot-record.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 1_800_000_000_000;
const IMAGE = "registry.cloudflare.com/account/origin@sha256:1";
const NONE = { image: IMAGE, failures: 0 };
const SNAPSHOT = { id: "s", bytes: 7, usedAtMs: NOW_MS };
const KEPT = { ...NONE, snapshot: SNAPSHOT };

describe("the record of snapshots", () => {
  it("is read as it was stored", () => {
    expect(parseSnapshotRecord(structuredClone(KEPT), IMAGE)).toEqual(KEPT);
    expect(parseSnapshotRecord(structuredClone(whileRestoring(KEPT)), IMAGE)).toEqual({ image: IMAGE, failures: 1 });
  });

  it("of another image counts as none, with all its failures", () => {
    expect(parseSnapshotRecord({ ...KEPT, failures: 3 }, "another")).toEqual({ image: "another", failures: 0 });
  });

  it.each([
    ["nothing", undefined],
    ["another form", "snapshot-1"],
    ["a snapshot without an id", { ...KEPT, snapshot: { ...SNAPSHOT, id: "" } }],
    ["a snapshot with an endless id", { ...KEPT, snapshot: { ...SNAPSHOT, id: "s".repeat(1001) } }],
    ["a snapshot larger than any disk", { ...KEPT, snapshot: { ...SNAPSHOT, bytes: 20_000_000_001 } }],
    ["a snapshot without a size", { ...KEPT, snapshot: { id: "s", usedAtMs: NOW_MS } }],
    ["a snapshot without a time", { ...KEPT, snapshot: { id: "s", bytes: 7 } }],
  ])("is empty if there is %s", (_, stored) => {
    expect(parseSnapshotRecord(stored, IMAGE)).toEqual(NONE);
  });

  it("gets a snapshot that Cloudflare has taken, and none with a size that cannot be", () => {
    expect(withSnapshot(NONE, { id: "s", size: 7 }, NOW_MS)).toEqual(KEPT);
    expect(withSnapshot(NONE, { id: "s", size: -1 }, NOW_MS)).toBeUndefined();
    expect(withSnapshot(NONE, { id: "s", size: NaN }, NOW_MS)).toBeUndefined();
  });
});

describe("a snapshot", () => {
  it("is used until a day before Cloudflare removes it", () => {
    expect(usableSnapshot(KEPT, NOW_MS + 28 * DAY_MS)).toEqual(SNAPSHOT);
    expect(usableSnapshot(KEPT, NOW_MS + 29 * DAY_MS)).toBeUndefined();
    expect(usableSnapshot(NONE, NOW_MS)).toBeUndefined();
  });

  it("lives on from each restore", () => {
    const later = NOW_MS + 20 * DAY_MS;
    const record = afterRestore(KEPT, SNAPSHOT, later);
    expect(usableSnapshot(record, later + 28 * DAY_MS)).toEqual({ ...SNAPSHOT, usedAtMs: later });
  });

  it("is forgotten while it is restored, so that a crash does not try it again", () => {
    expect(usableSnapshot(whileRestoring(KEPT), NOW_MS)).toBeUndefined();
    expect(withoutSnapshot(KEPT)).toEqual(NONE);
  });

  it("is taken no more after three failed restores in a row", () => {
    const twice = whileRestoring(whileRestoring(KEPT));
    expect(maySave(twice)).toBe(true);
    expect(maySave(whileRestoring(twice))).toBe(false);
    expect(maySave(afterRestore(twice, SNAPSHOT, NOW_MS))).toBe(true);
  });
});
