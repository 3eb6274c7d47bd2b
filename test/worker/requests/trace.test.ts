import { reset } from "cloudflare:test";
import { afterEach, expect, test } from "vitest";
import { pull } from "../client.ts";
import { makeImage, storeInR2 } from "../images.ts";
import { originCalls, scriptOrigin, succeed } from "../origin.ts";

afterEach(() => reset());

test("the call to the origin belongs to the trace of the request that began the build", async () => {
  const image = await makeImage("traced");
  await storeInR2(image);
  await scriptOrigin("traced", succeed(image));
  const [traceId, parentId] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  await pull("/v2/traced/manifests/latest", { headers: { traceparent: `00-${traceId}-${parentId}-01` } });
  const [call] = await originCalls("traced");
  expect(call?.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!${parentId})[0-9a-f]{16}-01$`));
});
