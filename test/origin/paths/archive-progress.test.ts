import { expect, test } from "vitest";
import { createArchiveProgress } from "../../../origin/paths/archive-progress.ts";
import type { PathArchive } from "../../../origin/unpacking/path-archive.ts";
import { pathOf } from "../caches/signed-path.ts";
import { recordEvents } from "../recorded-events.ts";

function archiveOf(name: string, fileSize: number | undefined, narSize = 1000): PathArchive {
  const archive = { cache: "c", url: "file:///a", headers: {}, compression: "none", fileSize } as const;
  return { path: pathOf(name), narHash: "", narSize, archive, silenceMs: 1, spoolDirectory: "/" };
}

test("viewers see which archives arrive, and their bytes at most twice a second", () => {
  const recorded = recordEvents();
  let now = 0;
  const progress = createArchiveProgress(recorded.onEvent, () => now);
  progress.add([archiveOf("a", 100), archiveOf("b", undefined, 300)]);
  progress.fetched(50);
  now = 100;
  progress.fetched(50);
  now = 600;
  progress.fetched(250);
  progress.ended(pathOf("a"));
  progress.ended(pathOf("b"));
  progress.ended(pathOf("unknown"));
  expect(recorded.events).toEqual([
    { event: "work", work: "download", name: "a", state: "started" },
    { event: "work", work: "download", name: "b", state: "started" },
    { event: "download", done: 50, total: 400 },
    { event: "download", done: 350, total: 400 },
    { event: "work", work: "download", name: "a", state: "ended" },
    { event: "work", work: "download", name: "b", state: "ended" },
    { event: "download", done: 350, total: 400 },
  ]);
});

test("an archive that is fetched twice never makes more bytes than there are", () => {
  const recorded = recordEvents();
  const progress = createArchiveProgress(recorded.onEvent, () => 0);
  progress.add([archiveOf("a", 100)]);
  progress.fetched(150);
  expect(recorded.events.at(-1)).toEqual({ event: "download", done: 100, total: 100 });
});
