import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { TestProject } from "vitest/node";
import { parsePullRequest, requestedName } from "../../protocol/image-request.ts";
import { parseJson } from "../../protocol/json-object.ts";
import { checkSignature, SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../../protocol/signature.ts";
import { ORIGIN_SECRET, parseScript, type ReceivedCall, type Script } from "./script.ts";

const scripts = new Map<string, Script>();
const calls = new Map<string, ReceivedCall[]>();

/** Serves all calls of the Worker over real HTTP, as the tests script them. Tests can read the calls. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the scripted origin has no port");
  project.provide("originUrl", `http://127.0.0.1:${address.port}`);
  return async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? "";
  const key = decodeURIComponent(path.split("/")[2] ?? "");
  if (path.startsWith("/scripts/")) {
    scripts.set(key, parseScript(await text(request)));
    response.end();
  } else if (path.startsWith("/calls/")) {
    response.end(JSON.stringify(calls.get(key) ?? []));
  } else if (request.method === "GET") {
    await perform(request, response, { path, key: path.slice(1), body: "" }, { status: 404, steps: [] });
  } else {
    const body = await text(request);
    // The Worker has checked the number of packages.
    const build = path.replace(/^\/|builds$/g, "") + requestedName(parsePullRequest(parseJson(body), Infinity));
    await perform(request, response, { path, key: build, body }, { status: 500, steps: [{ send: "no script" }] });
  }
}

interface ScriptedCall {
  readonly path: string;
  /** The key of its script. */
  readonly key: string;
  readonly body: string;
}

async function perform(
  request: IncomingMessage,
  response: ServerResponse,
  { path, key, body }: ScriptedCall,
  unscripted: Script,
): Promise<void> {
  const { status = 200, headers, muteMs = 0, steps } = scripts.get(key) ?? unscripted;
  await sleep(muteMs);
  const contentType = status === 200 ? "application/x-ndjson" : "application/json";
  response.writeHead(status, { "Content-Type": contentType, ...headers });
  const received = await describeCall(request, path, body);
  const list = calls.get(key) ?? [];
  calls.set(key, list);
  const index = list.push(received) - 1;
  list[index] = { ...received, finished: await take(steps, response) };
}

async function describeCall(request: IncomingMessage, path: string, body: string): Promise<ReceivedCall> {
  const method = request.method ?? "";
  const timestamp = String(request.headers[TIMESTAMP_HEADER.toLowerCase()]);
  const signature = String(request.headers[SIGNATURE_HEADER.toLowerCase()]);
  const call = { method, path, timestamp, body };
  const problem = await checkSignature([ORIGIN_SECRET], call, signature, Date.now() / 1000);
  const { "content-type": contentType, accept } = request.headers;
  const traceparent = request.headers["traceparent"]?.toString();
  const client = request.headers["cornice-client"]?.toString();
  const accessToken = [request.headers["cf-access-client-id"], request.headers["cf-access-client-secret"]].join(":");
  const signed = problem ?? "valid";
  return {
    method,
    path,
    contentType,
    accept,
    accessToken,
    traceparent,
    client,
    body,
    signature: signed,
    finished: false,
  };
}

/** Ends the answer after the last step. False if either side closed the connection before. */
async function take(steps: Script["steps"], response: ServerResponse): Promise<boolean> {
  response.flushHeaders();
  try {
    await pipeline(chunks(steps, response), response);
    return true;
  } catch {
    return false;
  }
}

async function* chunks(steps: Script["steps"], response: ServerResponse): AsyncGenerator<string> {
  for (const step of steps) {
    if ("waitMs" in step) await sleep(step.waitMs);
    else if ("cut" in step) response.destroy();
    else for (let count = step.times ?? 1; count > 0; count--) yield step.send;
  }
}
