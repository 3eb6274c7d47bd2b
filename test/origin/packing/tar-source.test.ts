import { describe, expect, test } from "vitest";
import { PAUSE, type Pause } from "../../../origin/packing/pause.ts";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";
import { TarSource } from "../../../origin/packing/tar-source.ts";
import { bytesEntry, SMALL_TREE } from "../../image/tar/entries.ts";

/** The slabs of two sections, and the number of pauses. Before each read, the slab holds other bytes. */
function read(slabBytes: number, ...sections: readonly (readonly (TarEntry | Pause)[])[]) {
  const source = new TarSource(
    sections.map((entries, index) => ({
      entries: () => entries,
      ...(index === sections.length - 1 && { isLast: true }),
    })),
  );
  const slabs: string[] = [];
  let pauses = 0;
  while (source.section) {
    const slab = Buffer.alloc(slabBytes, 0xee);
    const count = source.read(slab);
    if (count === "paused") pauses += 1;
    else if (count > 0) slabs.push(slab.toString("latin1", 0, count));
  }
  return { slabs, pauses };
}

describe("pauses change neither bytes nor the ends of slabs", () => {
  const paused = SMALL_TREE.flatMap((entry) => [PAUSE, entry, PAUSE]);

  test.each([512, 1000, 4096, 1_000_000])("with slabs of %i bytes", (slabBytes) => {
    const { slabs, pauses } = read(slabBytes, paused, [PAUSE], [bytesEntry("last", "x".repeat(2000))]);
    const expected = read(slabBytes, SMALL_TREE, [], [bytesEntry("last", "x".repeat(2000))]);
    expect(slabs).toEqual(expected.slabs);
    expect([pauses > 0, expected.pauses]).toEqual([true, 0]);
  });
});

test("`close` ends the list of entries early", () => {
  let isClosed = false;
  function* entries() {
    try {
      yield bytesEntry("e", "");
      yield PAUSE;
      yield bytesEntry("f", "text");
    } finally {
      isClosed = true;
    }
  }
  const source = new TarSource([{ entries, isLast: true }]);
  expect(source.read(Buffer.alloc(1000))).toBe("paused");
  source.close();
  expect(isClosed).toBe(true);
});
