import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BuildStarted } from "../../../protocol/web-api.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { callWorker, HOST, readError } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { buildKeyOf, fail, heartbeats, originCalls, scriptOrigin } from "../origin.ts";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const JSON_TYPE = { "Content-Type": "application/json" };

function order(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  settings: Partial<Bindings> = {},
): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: text };
  return callWorker(settings, "/api/builds", init).response;
}

describe("a build that is ordered", () => {
  test("starts, and the answer does not wait for it", async () => {
    await scriptOrigin("order-slow", { steps: [...heartbeats(50, 100), ...fail("MANIFEST_UNKNOWN", "x").steps] });
    const response = await order({ name: "order-slow", tag: "latest" }, { Origin: HOST });
    expect(response.status).toBe(202);
    const key = await buildKeyOf("order-slow");
    expect(await response.json()).toEqual({ key });
    expect(response.headers.get("Location")).toBe(`/builds/${key}`);
    const state = await callWorker({}, `/api/builds/${key}`).response;
    const building = await state.json();
    expect(building).toMatchObject({ image: "order-slow:latest" });
    expect(building).not.toHaveProperty("end");
    await vi.waitFor(async () => expect(await originCalls("order-slow")).toHaveLength(1));
  });

  test("is joined by further orders in any spelling, also after it has failed", async () => {
    await scriptOrigin("order-a/order-b", fail("MANIFEST_UNKNOWN", "no such package: a"));
    const keys = new Set<string>();
    for (const name of ["order-a/order-b", "order-b/order-a/order-b", "amd64/order-a/order-b"]) {
      const response = await order({ name, tag: "latest" });
      expect(response.status).toBe(202);
      keys.add((await response.json<BuildStarted>()).key);
    }
    expect(keys.size).toBe(1);
    await vi.waitFor(async () => expect(await originCalls("order-a/order-b")).toHaveLength(1));
  });

  test("counts once, like a cold pull", async () => {
    const limit = vi.fn<RateLimit["limit"]>(async () => ({ success: true }));
    await scriptOrigin("order-counted", fail("MANIFEST_UNKNOWN", "x"));
    const address = { "CF-Connecting-IP": "192.0.2.1" };
    for (let times = 0; times < 3; times++) {
      await (await order({ name: "order-counted", tag: "latest" }, address, { BUILD_LIMIT: { limit } })).arrayBuffer();
    }
    expect(limit).toHaveBeenCalledOnce();
    limit.mockResolvedValue({ success: false });
    const refused = await order({ name: "order-refused", tag: "latest" }, address, { BUILD_LIMIT: { limit } });
    expect(refused.status).toBe(429);
    await refused.arrayBuffer();
    expect(await originCalls("order-refused")).toEqual([]);
  });
});

describe("an order is refused", () => {
  const valid = { name: "order-refused", tag: "latest" };

  test.each<[title: string, body: unknown, headers: Readonly<Record<string, string>>, status: number, code: string]>([
    ["of another site's page", valid, { Origin: "https://evil.test" }, 403, "DENIED"],
    ["of another port's page", valid, { Origin: `${HOST}:8443` }, 403, "DENIED"],
    ["of a page without an origin", valid, { Origin: "null" }, 403, "DENIED"],
    ["as a form", valid, { "Content-Type": "application/x-www-form-urlencoded" }, 400, "NAME_INVALID"],
    ["as text, which other sites may send", valid, { "Content-Type": "text/plain" }, 400, "NAME_INVALID"],
    ["as nearly JSON", valid, { "Content-Type": "application/jsonx" }, 400, "NAME_INVALID"],
    ["that is no JSON", "name=git", {}, 400, "NAME_INVALID"],
    ["that is empty", "", {}, 400, "NAME_INVALID"],
    ["that is a list", [valid], {}, 400, "NAME_INVALID"],
    ["without a tag", { name: "order-refused" }, {}, 400, "NAME_INVALID"],
    ["with an invalid name", { name: "../order-refused", tag: "latest" }, {}, 400, "NAME_INVALID"],
    ["with an invalid tag", { name: "order-refused", tag: "order-a/order-b" }, {}, 400, "TAG_INVALID"],
    ["with a signature's tag", { name: "order-refused", tag: "sha256-0.sig" }, {}, 404, "MANIFEST_UNKNOWN"],
    ["with a tag that no source has", { name: "order-refused", tag: "a..b" }, {}, 404, "MANIFEST_UNKNOWN"],
    ["that is long", { ...valid, more: "x".repeat(2000) }, {}, 400, "SIZE_INVALID"],
  ])("%s", async (_, body, headers, status, code) => {
    const response = await order(body, headers);
    expect(response.status).toBe(status);
    expect((await readError(response)).code).toBe(code);
    expect(await originCalls("order-refused")).toEqual([]);
  });

  test("by another method", async () => {
    const response = await callWorker({}, "/api/builds", { method: "PUT", headers: JSON_TYPE, body: "{}" }).response;
    expect(response.status).toBe(404);
    await response.arrayBuffer();
  });
});
