import { expect, test } from "vitest";
import { RELEASE } from "../../../protocol/release.ts";
import { createMetrics, type Metrics } from "../../../origin/metrics/metrics.ts";

/** The lines of one metric. */
async function read(metrics: Metrics, name: string): Promise<string[]> {
  const lines = (await metrics.text()).split("\n");
  return lines.filter((line) => line.startsWith(name) && /[ {]/.test(line.charAt(name.length)));
}

function setUp() {
  let ms = 0;
  const metrics = createMetrics(() => ms);
  return { metrics, pass: (milliseconds: number) => (ms += milliseconds) };
}

test("builds are counted by result", async () => {
  const { metrics } = setUp();
  metrics.buildBegan().end("image");
  metrics.buildBegan().end("image");
  metrics.buildBegan().end("MANIFEST_UNKNOWN");
  expect(await read(metrics, "cornice_builds_total")).toEqual([
    'cornice_builds_total{result="image"} 2',
    'cornice_builds_total{result="MANIFEST_UNKNOWN"} 1',
    'cornice_builds_total{result="UNAVAILABLE"} 0',
    'cornice_builds_total{result="UNKNOWN"} 0',
  ]);
});

test("phases are timed, the last one to the end of the build", async () => {
  const { metrics, pass } = setUp();
  const meter = metrics.buildBegan();
  meter.phase("evaluate");
  pass(200);
  meter.phase("realise");
  pass(90_000);
  meter.end("UNAVAILABLE");
  expect(await read(metrics, "cornice_build_phase_seconds_sum")).toEqual([
    'cornice_build_phase_seconds_sum{phase="evaluate"} 0.2',
    'cornice_build_phase_seconds_sum{phase="realise"} 90',
  ]);
  expect(await read(metrics, "cornice_build_phase_seconds_bucket")).toEqual(
    expect.arrayContaining([
      'cornice_build_phase_seconds_bucket{le="0.1",phase="evaluate"} 0',
      'cornice_build_phase_seconds_bucket{le="0.25",phase="evaluate"} 1',
      'cornice_build_phase_seconds_bucket{le="60",phase="realise"} 0',
      'cornice_build_phase_seconds_bucket{le="150",phase="realise"} 1',
    ]),
  );
});

test("the release of the origin is shown from the start", async () => {
  expect(
    await read(
      createMetrics(() => 0),
      "cornice_build_info",
    ),
  ).toEqual([`cornice_build_info{version="${RELEASE}"} 1`]);
});

test("the version of Nix is shown, and whether it is too old", async () => {
  const { metrics } = setUp();
  metrics.nix("2.8.0");
  expect(await read(metrics, "cornice_nix_info")).toEqual(['cornice_nix_info{version="2.8.0"} 1']);
  expect(await read(metrics, "cornice_nix_too_old")).toEqual(["cornice_nix_too_old 0"]);
  metrics.nixTooOld(true);
  expect(await read(metrics, "cornice_nix_too_old")).toEqual(["cornice_nix_too_old 1"]);
});

test("builds under way are counted in their phase", async () => {
  const { metrics } = setUp();
  const [first, second] = [metrics.buildBegan(), metrics.buildBegan()];
  first.phase("evaluate");
  second.phase("evaluate");
  second.phase("pack");
  const name = "cornice_builds_under_way";
  expect(await read(metrics, name)).toEqual([`${name}{phase="evaluate"} 1`, `${name}{phase="pack"} 1`]);
  first.end("image");
  second.end("UNKNOWN");
  expect(await read(metrics, name)).toEqual([`${name}{phase="evaluate"} 0`, `${name}{phase="pack"} 0`]);
});

test("layers are counted, and the bytes of those that were packed", async () => {
  const { metrics } = setUp();
  const work = { packMs: 1, uploadMs: 1 };
  metrics.layer({ size: 1000, work });
  metrics.layer({ size: 500, work });
  metrics.layer({ size: 70, work: undefined });
  expect(await read(metrics, "cornice_layers_total")).toEqual([
    'cornice_layers_total{outcome="packed"} 2',
    'cornice_layers_total{outcome="known"} 1',
  ]);
  expect(await read(metrics, "cornice_layer_bytes_total")).toEqual(["cornice_layer_bytes_total 1500"]);
});

test("bundles are counted by what happened to them", async () => {
  const { metrics } = setUp();
  for (const outcome of ["written", "known", "known"] as const) metrics.bundle(outcome);
  expect(await read(metrics, "cornice_bundles_total")).toEqual([
    'cornice_bundles_total{outcome="written"} 1',
    'cornice_bundles_total{outcome="known"} 2',
    'cornice_bundles_total{outcome="failed"} 0',
    'cornice_bundles_total{outcome="dropped"} 0',
  ]);
});

test("images are counted by what happened to their signatures", async () => {
  const { metrics } = setUp();
  for (const outcome of ["signed", "failed", "failed"] as const) metrics.trust(outcome);
  expect(await read(metrics, "cornice_signatures_total")).toEqual([
    'cornice_signatures_total{outcome="signed"} 1',
    'cornice_signatures_total{outcome="described"} 0',
    'cornice_signatures_total{outcome="known"} 0',
    'cornice_signatures_total{outcome="failed"} 2',
    'cornice_signatures_total{outcome="dropped"} 0',
  ]);
});

test("the size of the Nix store is known after a look at it, and what was removed is summed up", async () => {
  const { metrics } = setUp();
  expect(await read(metrics, "cornice_nix_store_bytes")).toEqual([]);
  metrics.storeCollected({ bytes: 90, freed: 20 });
  metrics.storeCollected({ bytes: 95, freed: 5 });
  expect(await read(metrics, "cornice_nix_store_bytes")).toEqual(["cornice_nix_store_bytes 95"]);
  expect(await read(metrics, "cornice_nix_store_freed_bytes_total")).toEqual([
    "cornice_nix_store_freed_bytes_total 25",
  ]);
  expect(await read(metrics, "cornice_nix_store_collected_timestamp_seconds")).toHaveLength(1);
});

test("each disk has its space", async () => {
  const { metrics } = setUp();
  metrics.disk({ name: "spool", free: 5, size: 10 });
  expect(await read(metrics, "cornice_disk_free_bytes")).toEqual(['cornice_disk_free_bytes{disk="spool"} 5']);
  expect(await read(metrics, "cornice_disk_size_bytes")).toEqual(['cornice_disk_size_bytes{disk="spool"} 10']);
});

test("there are metrics of the process too", async () => {
  expect(await read(setUp().metrics, "process_resident_memory_bytes")).toHaveLength(1);
});

test("each origin counts for itself", async () => {
  const { metrics } = setUp();
  metrics.buildBegan().end("image");
  expect(await read(setUp().metrics, "cornice_builds_total")).toContain('cornice_builds_total{result="image"} 0');
});
