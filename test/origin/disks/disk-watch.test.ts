import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type DiskSpace, readDiskSpace } from "../../../origin/disks/disk-space.ts";
import { createDiskWatch } from "../../../origin/disks/disk-watch.ts";
import { rejection } from "../fixtures.ts";

const GB = 1e9;

/** Watches a disk for the Nix store and one for the spool, whose free bytes the test changes. */
function watchOf(free: { nix: number; spool: number }) {
  const onLine = vi.fn<(line: string) => void>();
  const onSpace = vi.fn<(space: DiskSpace) => void>();
  const watch = createDiskWatch({
    disks: [
      { name: "nix", folder: "/nix/store" },
      { name: "spool", folder: "/spool" },
    ],
    read: async ({ name }) => ({ name, free: name === "nix" ? free.nix : free.spool, size: 100 * GB }),
    minFreeBytes: GB,
    onSpace,
    onLine,
  });
  const messageOf = async () => rejection(watch.check()).then((error) => (error instanceof Error ? error.message : ""));
  return { watch, onLine, onSpace, messageOf };
}

describe("the watch", () => {
  test("is silent while the disks have space, and reports it", async () => {
    const { watch, onLine, onSpace } = watchOf({ nix: 2 * GB, spool: 50 * GB });
    await watch.check();
    expect(onLine).not.toHaveBeenCalled();
    expect(onSpace.mock.calls).toEqual([
      [{ name: "nix", free: 2 * GB, size: 100 * GB }],
      [{ name: "spool", free: 50 * GB, size: 100 * GB }],
    ]);
  });

  test("warns once before the disk is too full, and tells when it has space again", async () => {
    const free = { nix: 1.5 * GB, spool: 50 * GB };
    const { watch, onLine } = watchOf(free);
    await watch.check();
    await watch.check();
    free.nix = 3 * GB;
    await watch.check();
    expect(onLine.mock.calls.flat()).toEqual([
      "warning: the disk of the Nix store has 1.5 GB free; with less than 1.0 GB (CORNICE_MIN_FREE_MIB), this origin is not ready",
      "the disk of the Nix store has 3.0 GB free",
    ]);
  });

  test("has a notice for those who wait for builds, as long as a disk has little space", async () => {
    const free = { nix: 1.5 * GB, spool: 50 * GB };
    const { watch } = watchOf(free);
    expect([watch.isLow(), watch.notices()]).toEqual([false, []]);
    await watch.check();
    expect(watch.isLow()).toBe(true);
    expect(watch.notices()).toEqual(["the build service runs out of space: the disk of the Nix store has 1.5 GB free"]);
    free.nix = 3 * GB;
    await watch.check();
    expect(watch.notices()).toEqual([]);
  });

  test("refuses a disk that is too full, and names it", async () => {
    const { messageOf } = watchOf({ nix: 50 * GB, spool: 0.5 * GB });
    expect(await messageOf()).toBe("the disk of the spool has 500.0 MB free, and needs 1.0 GB (CORNICE_MIN_FREE_MIB)");
  });

  test("names all of them", async () => {
    const { messageOf } = watchOf({ nix: 0, spool: 0.5 * GB });
    expect(await messageOf()).toBe(
      "the disk of the Nix store has 0 B free, and needs 1.0 GB; the disk of the spool has 500.0 MB free, and needs 1.0 GB (CORNICE_MIN_FREE_MIB)",
    );
  });
});

test("on a small disk, a tenth of its size is enough", async () => {
  const disks = [{ name: "spool", folder: "/spool" } as const];
  const read = async () => ({ name: "spool", free: 0.2 * GB, size: GB }) as const;
  const onLine = vi.fn<(line: string) => void>();
  const watch = createDiskWatch({ disks, read, minFreeBytes: GB, onSpace: () => {}, onLine });
  expect(await watch.check()).toBeUndefined();
  expect(onLine).not.toHaveBeenCalled();
});

test("a folder that is not there yet has the space of the folder that it will be in", async () => {
  const { size } = await readDiskSpace({ name: "spool", folder: tmpdir() });
  const below = await readDiskSpace({ name: "spool", folder: join(tmpdir(), "not-there", "cornice") });
  expect(size).toBeGreaterThan(0);
  expect(below.size).toBe(size);
  expect(below.free).toBeLessThanOrEqual(below.size);
});
