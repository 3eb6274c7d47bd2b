import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { startBusyOrigin } from "../../test/origin/busy-origin.ts";
import type { Measure } from "./measure.ts";

const BUILDS = 20;
/** The Worker, and proxies in front of an origin, expect a byte within this time. */
const BUDGET_MS = 1000;

/** The first byte of a build call, while an origin is busy with other builds. */
export async function measureFirstByte({ directory, time }: Measure): Promise<void> {
  await using running = new AsyncDisposableStack();
  const folder = await mkdtemp(join(directory, "busy-"));
  const origin = await startBusyOrigin(folder, (close) => running.defer(close));
  await Promise.all(Array.from({ length: BUILDS }, (_, index) => origin.ask(`busy${index}`)));
  let asked = 0;
  await time(`first byte of a build call beside ${BUILDS} builds`, BUDGET_MS, async () => {
    await origin.ask(`another${asked++}`);
  });
  await time("first byte of a build call that joins a build", BUDGET_MS, async () => {
    await origin.ask("busy0");
  });
}
