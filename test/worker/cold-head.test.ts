import { reset } from "cloudflare:test";
import { afterEach, expect, test } from "vitest";
import { startIsolate } from "./client.ts";
import { makeImage, storeInR2 } from "./images.ts";
import { originCalls, scriptOrigin, succeed } from "./origin.ts";

afterEach(async () => {
  await reset();
});

test("HEAD of an image that is not built yet builds it, because the client's next step is a GET", async () => {
  const image = await makeImage("cold-head");
  await storeInR2(image);
  await scriptOrigin("cold-head", succeed(image));
  const isolate = startIsolate();
  const head = await isolate.settle("/v2/cold-head/manifests/latest", { method: "HEAD" });
  expect([head.status, await head.text(), head.headers.get("Cornice-Cache")]).toEqual([200, "", "build"]);
  expect(head.headers.get("Content-Length")).toBe(String(image.oci.bytes.length));
  const digest = head.headers.get("Docker-Content-Digest");
  const get = await isolate.settle(`/v2/cold-head/manifests/${digest}`);
  expect([get.status, await get.bytes()]).toEqual([200, image.oci.bytes]);
  expect(await originCalls("cold-head")).toHaveLength(1);
});
