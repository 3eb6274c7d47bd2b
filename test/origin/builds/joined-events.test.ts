import { describe, expect, test } from "vitest";
import { JoinedEvents } from "../../../origin/builds/joined-events.ts";
import type { BuildPhase } from "../../../protocol/build-events.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { recordEvents } from "../recorded-events.ts";

const LAYER = { description: "git", digest: sha256Digest("0".repeat(64)), size: 1, known: false };

function setUp() {
  const recorded = recordEvents();
  const joined = new JoinedEvents(recorded.onEvent, ["amd64", "arm64"]);
  const part = (name: string) => {
    const tell = joined.listener(name);
    return {
      begin: (...phases: readonly BuildPhase[]) => phases.forEach((phase) => tell({ event: "phase", phase })),
      log: (line: string) => tell({ event: "log", line }),
      download: (done: number, total: number) => tell({ event: "download", done, total }),
      layer: (index: number, total: number) => tell({ event: "layer", ...LAYER, index, total }),
      work: () => tell({ event: "work", work: "build", name: "git-2.51.0", state: "started" }),
      end: () => joined.end(name),
    };
  };
  return { ...recorded, amd64: part("amd64"), arm64: part("arm64") };
}

describe("the joined build", () => {
  test("is in the phase of its slowest part", () => {
    const { amd64, arm64, phases } = setUp();
    amd64.begin("evaluate", "realise");
    expect(phases()).toEqual([]);
    arm64.begin("evaluate");
    expect(phases()).toEqual(["evaluate"]);
    arm64.begin("realise", "group");
    expect(phases()).toEqual(["evaluate", "realise"]);
  });

  test("waits if one part waits", () => {
    const { amd64, arm64, phases } = setUp();
    amd64.begin("evaluate");
    arm64.begin("wait");
    amd64.begin("realise");
    arm64.begin("evaluate");
    expect(phases()).toEqual(["wait", "evaluate"]);
  });

  test("does not wait for a part that has ended", () => {
    const { amd64, arm64, phases } = setUp();
    amd64.begin("publish");
    amd64.end();
    arm64.begin("evaluate", "realise");
    expect(phases()).toEqual(["evaluate", "realise"]);
  });

  test("never goes back, even if a part does", () => {
    const { amd64, arm64, phases } = setUp();
    for (const part of [amd64, arm64]) part.begin("evaluate", "realise", "group", "pack");
    amd64.begin("wait", "evaluate", "realise", "group", "pack", "publish");
    arm64.begin("publish");
    expect(phases()).toEqual(["evaluate", "realise", "group", "pack", "publish"]);
  });

  test("has had all phases of its parts in the end, in order and each once", () => {
    const { amd64, arm64, phases } = setUp();
    amd64.begin("evaluate", "realise", "group", "pack", "publish");
    amd64.end();
    arm64.begin("publish");
    arm64.end();
    expect(phases()).toEqual(["evaluate", "realise", "group", "pack", "publish"]);
  });
});

test("log lines say to which part they belong", () => {
  const { amd64, arm64, lines } = setUp();
  arm64.log("building git");
  amd64.log("building git");
  expect(lines()).toEqual(["arm64: building git", "amd64: building git"]);
});

test("work passes through as it is", () => {
  const { arm64, work } = setUp();
  arm64.work();
  expect(work()).toEqual([{ work: "build", name: "git-2.51.0", state: "started" }]);
});

test("bytes of downloads are added up", () => {
  const { amd64, arm64, events } = setUp();
  amd64.download(1, 10);
  arm64.download(2, 20);
  amd64.download(5, 10);
  expect(events).toEqual([
    { event: "download", done: 1, total: 10 },
    { event: "download", done: 3, total: 30 },
    { event: "download", done: 7, total: 30 },
  ]);
});

describe("layers are counted over all parts", () => {
  const placesOf = (layers: ReturnType<ReturnType<typeof setUp>["layers"]>) =>
    layers.map(({ index, total }) => `${index}/${total}`);

  test("and each has a place of its own", () => {
    const { amd64, arm64, layers } = setUp();
    amd64.layer(1, 2);
    arm64.layer(0, 3);
    amd64.layer(0, 2);
    arm64.layer(2, 3);
    expect(placesOf(layers())).toEqual(["1/4", "2/5", "0/5", "4/5"]);
  });

  test("and a part that has ended without layers, because its image is known, has none", () => {
    const { amd64, arm64, layers } = setUp();
    amd64.layer(0, 2);
    arm64.end();
    amd64.layer(1, 2);
    expect(placesOf(layers())).toEqual(["0/4", "1/2"]);
  });

  test("and no place is beyond the total, even if a part divides its image anew", () => {
    const { amd64, arm64, layers } = setUp();
    amd64.layer(0, 4);
    arm64.layer(3, 4);
    amd64.layer(0, 1);
    arm64.layer(3, 4);
    for (const { index, total } of layers()) expect(index).toBeLessThan(total);
  });
});
