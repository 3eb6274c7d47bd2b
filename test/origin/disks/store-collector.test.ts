import { expect, test, vi } from "vitest";
import { startStoreCollector } from "../../../origin/disks/store-collector.ts";
import { until } from "../fixtures.ts";

const GB = 1e9;

/** A collector of a store with these sizes, one for each look. */
function collectorOf(sizes: readonly number[], { pauseMs = 1 } = {}) {
  const stop = new AbortController();
  const left = [...sizes];
  const bytes = vi.fn(async () => {
    const size = left.shift();
    if (size === undefined) throw new Error("no database");
    return size;
  });
  const store = { bytes, collect: async () => {}, forgetOldest: async () => false };
  const reports = { onCollected: vi.fn(), onLine: vi.fn(), onFailure: vi.fn() };
  const collector = startStoreCollector({ ...reports, store, maxBytes: 10 * GB, signal: stop.signal, pauseMs });
  return { collector, bytes, stop, ...reports };
}

test("the collector looks at the store when it starts, and then only after builds", async () => {
  const { collector, onCollected, bytes, stop } = collectorOf([GB, 2 * GB]);
  await until(() => onCollected.mock.calls.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(bytes).toHaveBeenCalledTimes(1);
  collector.noteBuild();
  await until(() => onCollected.mock.calls.length === 2);
  expect(onCollected.mock.calls).toEqual([[{ bytes: GB, freed: 0 }], [{ bytes: 2 * GB, freed: 0 }]]);
  stop.abort();
  await collector.ended;
});

test("many builds cause one look after the pause", async () => {
  const { collector, bytes, stop } = collectorOf([GB, GB], { pauseMs: 60_000 });
  for (let builds = 0; builds < 10; builds += 1) collector.noteBuild();
  await until(() => bytes.mock.calls.length === 1);
  stop.abort();
  await collector.ended;
  expect(bytes).toHaveBeenCalledTimes(1);
});

test("the log says what is removed, and that the rest is in use", async () => {
  const { collector, onLine, stop } = collectorOf([14 * GB, 12 * GB, 12 * GB]);
  await until(() => onLine.mock.calls.length === 2);
  expect(onLine.mock.calls.flat()).toEqual([
    "the Nix store had too many bytes: 2.0 GB are removed, 12.0 GB stay",
    "warning: the Nix store has 12.0 GB, more than CORNICE_NIX_STORE_GIB: all of it is in use",
  ]);
  stop.abort();
  await collector.ended;
});

test("a failed look is told, and the next one comes after the next build", async () => {
  const { collector, onFailure, stop } = collectorOf([]);
  await until(() => onFailure.mock.calls.length === 1);
  collector.noteBuild();
  await until(() => onFailure.mock.calls.length === 2);
  stop.abort();
  await collector.ended;
});
