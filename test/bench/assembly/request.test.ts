import { createServer } from "node:http";
import { once } from "node:events";
import { expect, it } from "vitest";
import { describeOutcome, isMadeBy, requestImage } from "../../../bench/assembly/request.ts";

/** A registry that gives each manifest the same answer. */
async function withRegistry<T>(
  status: number,
  headers: Record<string, string>,
  body: string,
  use: (host: string) => T,
) {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  try {
    return await use(`127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

it("an answer has the tier, the steps and the number of layers", async () => {
  const headers = { "Cornice-Cache": "edge", "Server-Timing": "tag-kv;dur=1, edge;dur=57, edge-tag;dur=2.5" };
  const answer = await withRegistry(200, headers, '{"layers":[{},{}]}', (host) => requestImage(host, "git/jq"));
  expect(answer).toMatchObject({ image: "git/jq", status: 200, tier: "edge", layers: 2 });
  expect([...answer.steps]).toEqual([
    ["tag-kv", 1],
    ["edge", 57],
    ["edge-tag", 2.5],
  ]);
  expect(answer.ms).toBeGreaterThan(0);
  expect(isMadeBy(answer, "edge")).toBe(true);
  expect(isMadeBy(answer, "build")).toBe(false);
});

it.each([
  ["an outage", 503, {}, "status 503"],
  ["an image that was known", 200, { "Cornice-Cache": "kv" }, "status 200, kv"],
])("%s was not made at the edge", async (_, status, headers: Record<string, string>, outcome) => {
  const answer = await withRegistry(status, headers, "{}", (host) => requestImage(host, "git/jq"));
  expect(isMadeBy(answer, "edge")).toBe(false);
  expect(describeOutcome(answer)).toBe(outcome);
});
