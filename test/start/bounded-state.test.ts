import { readdir, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, vi } from "vitest";
import { rejection, test, until, writeTree } from "../origin/fixtures.ts";
import { boundState, runCollection } from "../../start/bounded-state.ts";

/** A state with an image that was pulled today, and one for each of these numbers of days. All have ten bytes. */
async function setUp(folder: string, { days, maxBytes }: { days: readonly number[]; maxBytes: number }) {
  const images = Object.fromEntries([0, ...days].map((age) => [`r2/blobs/${age}`, "0123456789"]));
  await writeTree(folder, images);
  const stop = new AbortController();
  const log = vi.fn<(line: string) => void>();
  const collect = vi.fn(async (keepDays: number) => {
    for (const age of days) if (age > keepDays) await rm(join(folder, `r2/blobs/${age}`), { force: true });
  });
  const run = () => boundState({ folder, maxBytes, collect, log, signal: stop.signal, pauseMs: 1 });
  const left = () => readdir(join(folder, "r2/blobs"));
  return { run, stop, log, collect, left };
}

describe("the state of npm start", () => {
  test("below its limit stays as it is", async ({ directory }) => {
    const { run, stop, collect, left } = await setUp(directory, { days: [40], maxBytes: 20 });
    const running = run();
    await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort();
    await running;
    expect(collect).not.toHaveBeenCalled();
    expect(await left()).toEqual(["0", "40"]);
  });

  test("loses what was not pulled for the longest time, and no more than it must", async ({ directory }) => {
    const { run, stop, log, left } = await setUp(directory, { days: [2, 10, 40], maxBytes: 25 });
    const running = run();
    await until(() => log.mock.calls.length > 0);
    stop.abort();
    await running;
    expect(await left()).toEqual(["0", "2"]);
    expect(log.mock.calls).toEqual([["The local registry had 40 B; now it has 20 B."]]);
  });

  test("says once if all of it is in use", async ({ directory }) => {
    const { run, stop, log, collect } = await setUp(directory, { days: [], maxBytes: 5 });
    const running = run();
    await until(() => collect.mock.calls.length >= 8);
    stop.abort();
    await running;
    expect(log.mock.calls).toEqual([
      ["warning: the local registry has 10 B, more than CORNICE_STATE_GIB: all of it is in use"],
    ]);
  });

  test("says why it was not collected, and tries again", async ({ directory }) => {
    const { run, stop, log, collect } = await setUp(directory, { days: [], maxBytes: 5 });
    collect.mockRejectedValueOnce(new Error("KV does not answer"));
    const running = run();
    await until(() => log.mock.calls.length === 2);
    stop.abort();
    await running;
    expect(log.mock.calls[0]?.[0]).toContain("was not collected: KV does not answer");
  });
});

test("copies in the cache go first, the oldest before the others", async ({ directory }) => {
  const cached = (name: string) => join(directory, `v3/cache/default/blobs/${name}`);
  const { run, stop, collect, log } = await setUp(directory, { days: [40], maxBytes: 35 });
  await writeTree(directory, { "v3/cache/default/blobs/": "", "v3/cache/metadata.sqlite": "12345" });
  for (const [name, seconds] of [
    ["new", 2],
    ["old", 1],
  ] as const) {
    await writeFile(cached(name), "0123456789");
    await utimes(cached(name), seconds, seconds);
  }
  const running = run();
  await until(async () => !(await readdir(dirname(cached("old")))).includes("old"));
  stop.abort();
  await running;
  expect(await readdir(dirname(cached("new")))).toEqual(["new"]);
  expect(collect).not.toHaveBeenCalled();
  expect(log).not.toHaveBeenCalled();
});

describe("the collection", () => {
  const signal = new AbortController().signal;

  test("is the command of the command line, with the settings of the registry", async ({ directory }) => {
    const program = `
      const [, , ...args] = process.argv;
      if (args.join(" ") !== "gc --keep-days 7" || process.env.R2_BUCKET !== "local") process.exit(1);`;
    await writeTree(directory, { "main.mjs": program });
    expect(await runCollection(join(directory, "main.mjs"), { R2_BUCKET: "local" }, 7, signal)).toBeUndefined();
  });

  test("fails with the words of the command", async ({ directory }) => {
    await writeTree(directory, { "main.mjs": 'console.error("cornice: KV does not answer"); process.exit(1);' });
    const error = await rejection(runCollection(join(directory, "main.mjs"), {}, 7, signal));
    expect(error).toMatchObject({ message: "cornice: KV does not answer" });
  });
});
