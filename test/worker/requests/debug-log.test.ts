import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { parseJsonObject } from "../../../protocol/json-object.ts";
import { tierLogOf } from "../../../worker/requests/debug-log.ts";
import { anyOf } from "../../matchers.ts";
import { startIsolate } from "../client.ts";
import { makeImage, storeImage, storeInKv } from "../images.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const headers = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` };
const DEBUG = { LOG_LEVEL: "debug", REQUEST_LOG: "off" };

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** The lines that are logged from now on. */
function listen() {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  return () => log.mock.calls.map(([line]) => parseJsonObject(String(line)));
}

describe("at LOG_LEVEL=debug", () => {
  test("each asked tier has a line with its answer and its time", async () => {
    const image = await makeImage("debugged");
    await storeInKv(image);
    const path = `/v2/debugged/manifests/${image.oci.digest}`;
    const lines = listen();
    await startIsolate(DEBUG).settle(path, { headers });
    const rest = { level: "debug", message: "tier", ms: anyOf(Number), path, trace: TRACE_ID };
    expect(lines()).toEqual([
      { ...rest, name: "memory", answer: "nothing" },
      { ...rest, name: "colo", answer: "nothing" },
      { ...rest, name: "kv", answer: "found" },
    ]);
  });

  test("a tag that is answered from memory also has a line", async () => {
    await storeImage("warm");
    const isolate = startIsolate({ ...DEBUG, PULL_LIMIT: undefined });
    listen();
    await isolate.settle("/v2/warm/manifests/latest");
    vi.restoreAllMocks();
    const lines = listen();
    await isolate.settle("/v2/warm/manifests/latest");
    expect(lines().map((line) => [line?.["name"], line?.["answer"]])).toEqual([["memory", "found"]]);
  });

  test("a line has no query, and a limited length", async () => {
    const lines = listen();
    const request = new Request(`https://registry.test/v2/${"a".repeat(2000)}?token=secret`);
    await tierLogOf({ logLevel: "debug" }, request).ask("r2", async () => "found");
    const [line] = lines();
    expect(line?.["path"]).toBe(`/v2/${"a".repeat(508)}`);
    expect(JSON.stringify(line)).not.toContain("secret");
  });

  test("a tier that fails also has a line", async () => {
    const lines = listen();
    const tiers = tierLogOf({ logLevel: "debug" }, new Request("https://registry.test/v2/"));
    await expect(tiers.ask("r2", () => Promise.reject(new Error("no route")))).rejects.toThrow("no route");
    expect(lines()).toMatchObject([{ name: "r2", answer: "failed" }]);
  });
});

test("at LOG_LEVEL=info there are no such lines", async () => {
  const image = await makeImage("quiet");
  await storeInKv(image);
  const lines = listen();
  await startIsolate({ LOG_LEVEL: "info", REQUEST_LOG: "off" }).settle(`/v2/quiet/manifests/${image.oci.digest}`);
  expect(lines()).toEqual([]);
});
