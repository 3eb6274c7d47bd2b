import { expect, test } from "vitest";
import { isWorkerPath } from "../../../start/local-edge/workers/worker-paths.ts";

const RULES = ["/", "/v2", "/v2/*", "/api/*", "!/api/docs/*"];

test.each(["/", "/v2", "/v2/", "/v2/jq/manifests/latest", "/api/x"])("%s goes to the Worker", (path) => {
  expect(isWorkerPath(RULES, path)).toBe(true);
});

test.each(["/docs/", "/v2x", "/V2/", "//v2/", "/cdn-cgi/local/scheduled", "/x/v2/", "/api/docs/x", ""])(
  "%j is a static asset's",
  (path) => {
    expect(isWorkerPath(RULES, path)).toBe(false);
  },
);

test("a dot in a rule stands for itself", () => {
  expect(isWorkerPath(["/a.b"], "/a.b")).toBe(true);
  expect(isWorkerPath(["/a.b"], "/axb")).toBe(false);
});
