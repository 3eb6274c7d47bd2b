import { createServer, request as sendRequest } from "node:http";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect } from "vitest";
import { createR2Store } from "../../../origin/stores/r2-store.ts";
import { listenLocally, test } from "../../origin/fixtures.ts";
import { describeMaintainedIndex } from "../../origin/stores/maintained-index-contract.ts";
import { describeMaintainedStore } from "../../origin/stores/maintained-store-contract.ts";
import { startTestEdge, type TestEdge } from "./test-edge.ts";

let edge: TestEdge;
beforeAll(async () => {
  edge = await startTestEdge();
});
afterAll(() => edge.stop());

describeMaintainedStore("the R2 store, over S3", async () => edge.store);
describeMaintainedIndex("the KV index, over REST", async () => edge.index);

/** R2, but the answer to the first put is lost. `meanwhile` runs after this put. */
async function losingOneAnswer(onEnd: Parameters<typeof listenLocally>[1], meanwhile = async () => {}) {
  let puts = 0;
  const server = createServer((request, response) => {
    const isLost = request.method === "PUT" && puts++ === 0;
    const { url: path, method, headers } = request;
    const onward = sendRequest({ port: edge.stores.port, path, method, headers }, (answer) => {
      if (isLost)
        void text(answer)
          .then(meanwhile)
          .then(() => response.destroy());
      else answer.pipe(response.writeHead(answer.statusCode ?? 0, answer.headers));
    });
    request.pipe(onward);
  });
  const url = await listenLocally(server, onEnd);
  return createR2Store({ ...edge.r2, endpoint: url + new URL(edge.r2.endpoint).pathname });
}

test("an object with a content encoding is read as it was put", async () => {
  const bytes = gzipSync("a list of packages");
  await edge.store.put("packed", { kind: "bytes", bytes }, { contentType: "text/plain", contentEncoding: "gzip" });
  expect((await edge.store.readVersion("packed", bytes.length))?.bytes).toEqual(bytes);
});

test("a put that depends on a version is known although its answer was lost", async ({ onTestFinished }) => {
  const store = await losingOneAnswer(onTestFinished);
  expect(await store.replace("lost", Buffer.from("1"), undefined)).toBe(true);
  expect(String((await store.readVersion("lost", 1))?.bytes)).toBe("1");
});

test("a put whose answer was lost is not taken for another's put of the same bytes", async ({ onTestFinished }) => {
  const bytes = Buffer.from("1");
  await edge.store.replace("shared", Buffer.from("0"), undefined);
  const etag = (await edge.store.readVersion("shared", 1))?.etag;
  const store = await losingOneAnswer(onTestFinished, async () => {
    await edge.store.put("shared", { kind: "bytes", bytes }, { contentType: "text/plain" });
  });
  expect(await store.replace("shared", bytes, etag)).toBe(false);
});
