import { OciError } from "../../protocol/oci-error.ts";
import type { RunBuild } from "../builds/build-queue.ts";
import { outage } from "../builds/outage.ts";
import type { Metrics } from "./metrics.ts";

/** Runs builds as `run` does, and has the metrics know of each. */
export function measuredBuilds(run: RunBuild, metrics: Pick<Metrics, "buildBegan">): RunBuild {
  return async (request, report, client) => {
    const meter = metrics.buildBegan();
    const phase: typeof report.phase = (name) => {
      meter.phase(name);
      report.phase(name);
    };
    try {
      const record = await run(request, { ...report, phase }, client);
      meter.end("image");
      return record;
    } catch (error) {
      const { code } = error instanceof OciError ? error : outage(error);
      meter.end(code);
      throw error;
    }
  };
}
