import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { type Proxies, startProxies } from "../../../bench/whole/proxies.ts";

const NO_LATENCY = { r2ReadMs: 0, r2WriteMs: 0, kvMs: 0 };
const KV = "/kv/storage/kv/namespaces/n/bulk";

/** A server on a free port of this machine, and proxies in front of it: as its stores and as its origin. */
async function behindProxies(
  answer: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
  latency = NO_LATENCY,
): Promise<AsyncDisposable & Proxies> {
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const proxies = await startProxies({ originPort: port, storesPort: port, latency, mbit: undefined });
  return {
    ...proxies,
    async [Symbol.asyncDispose]() {
      await proxies.stop();
      server.closeAllConnections();
      server.close();
    },
  };
}

const url = (port: number, path: string) => `http://127.0.0.1:${port}${path}`;

describe("the proxies", () => {
  it("pass requests and answers on unchanged, and count them", async () => {
    await using proxies = await behindProxies(async (request, response) => {
      const { method, url: path, headers } = request;
      response.writeHead(201, { "X-Seen": `${method} ${path} ${String(headers["x-sent"])} ${headers.host}` });
      response.end(`${await text(request)}, too`);
    });
    const options = { method: "PUT", body: "a blob", headers: { "X-Sent": "yes" } };
    const answer = await fetch(url(proxies.storesPort, "/s3/key?x=1"), options);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("X-Seen")).toBe(`PUT /s3/key?x=1 yes 127.0.0.1:${proxies.storesPort}`);
    expect(await answer.text()).toBe("a blob, too");
    await (await fetch(url(proxies.storesPort, "/s3/key"))).text();
    await (await fetch(url(proxies.storesPort, KV), { method: "PUT", body: "[]" })).text();
    await (await fetch(url(proxies.originPort, "/build"), { method: "POST", body: "{}" })).text();
    expect(proxies.traffic()).toEqual({
      requests: { "R2 read": 1, "R2 write": 1, KV: 1 },
      sentToStores: "a blob".length + "[]".length,
      readFromStores: "a blob, too".length + ", too".length + "[], too".length,
      sentToWorker: "{}, too".length,
    });
  });

  it("pass on the beginning of an answer before its end", async () => {
    const end = Promise.withResolvers<void>();
    await using proxies = await behindProxies(async (_, response) => {
      response.write("begun");
      await end.promise;
      response.end(", ended");
    });
    const { body } = await fetch(url(proxies.originPort, "/build"));
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("begun");
    end.resolve();
    expect((await reader?.read())?.value).toBe(", ended");
  });

  it("delay the kinds that have a latency", async () => {
    await using proxies = await behindProxies((_, response) => void response.end(), { ...NO_LATENCY, kvMs: 500 });
    const ended: string[] = [];
    const ask = async (path: string) => {
      await (await fetch(url(proxies.storesPort, path))).text();
      ended.push(path);
    };
    await Promise.all([ask(KV), ask("/s3/key")]);
    expect(ended).toEqual(["/s3/key", KV]);
  });

  it("end a request whose client has gone", async () => {
    const begun = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    await using proxies = await behindProxies((_, response) => {
      response.on("close", gone.resolve);
      response.write("begun");
      begun.resolve();
    });
    const client = new AbortController();
    await fetch(url(proxies.originPort, "/build"), { signal: client.signal });
    await begun.promise;
    client.abort();
    await gone.promise;
  });

  it("end an answer that the server breaks off", async () => {
    await using proxies = await behindProxies((_, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("a part");
      setImmediate(() => response.destroy());
    });
    const answer = await fetch(url(proxies.storesPort, "/s3/key"));
    await expect(answer.text()).rejects.toThrow();
  });
});
