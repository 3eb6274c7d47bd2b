import type { BuildListener } from "../../protocol/build-events.ts";
import { OciError } from "../../protocol/oci-error.ts";
import type { RunBuild } from "../builds/build-queue.ts";
import { outage } from "../builds/outage.ts";
import type { Metrics } from "./metrics.ts";

/** Wraps `run`: the metrics learn each phase and the end of each build. */
export function measuredBuilds(run: RunBuild, metrics: Pick<Metrics, "buildBegan">): RunBuild {
  return async (request, onEvent, client) => {
    const meter = metrics.buildBegan();
    const measured: BuildListener = (event) => {
      if (event.event === "phase") meter.phase(event.phase);
      onEvent(event);
    };
    try {
      const record = await run(request, measured, client);
      meter.end("image");
      return record;
    } catch (error) {
      const { code } = error instanceof OciError ? error : outage(error);
      meter.end(code);
      throw error;
    }
  };
}
