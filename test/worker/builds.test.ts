import { createExecutionContext, reset, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatEvent } from "../../protocol/build-events.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { requestBuild } from "../../worker/builds.ts";
import { parseConfig } from "../../worker/environment.ts";
import { registry } from "../../worker/registry.ts";
import type { Script, Step } from "../scripted-origin/script.ts";
import { callWorker, HOST, pull, readError, storedKeys } from "./client.ts";
import { makeImage, storeImage, storeInR2, tagRecord } from "./images.ts";
import { fail, originCalls, scriptOrigin, sendEvents, succeed } from "./origin.ts";

const QUEUED = { send: formatEvent({ event: "queued" }) };
const UNREACHABLE = "the build service is not reachable; images already built are still served";

let log: ReturnType<typeof spyOnLog>;

function spyOnLog() {
  return vi.spyOn(console, "error").mockReturnValue(undefined);
}

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("an origin that does not do its part is an outage", () => {
  const manifests = { oci: `sha256:${"1".repeat(64)}`, docker: "sha256:1" };
  const cases: [name: string, script: Script][] = [
    ["says-500", { status: 500, steps: [{ send: "Error: at /srv/origin/secret.ts:1" }] }],
    ["says-502-with-html", { status: 502, steps: [{ send: "<html>bad gateway</html>" }] }],
    ["is-overloaded", { status: 429, steps: [] }],
    ["redirects", { status: 307, headers: { Location: "/elsewhere" }, steps: [] }],
    ["answers-nothing", { steps: [] }],
    ["sends-garbage", { steps: [{ send: "garbage\n" }] }],
    ["sends-binary", { steps: [QUEUED, { send: "\u0000\u0001\ufffd\n" }] }],
    ["sends-json-that-is-no-event", { steps: [QUEUED, { send: "[1, 2]\n" }] }],
    ["sends-an-image-without-digests", { steps: [QUEUED, { send: '{"event":"image"}\n' }] }],
    ["sends-a-wrong-digest", { steps: [{ send: `${JSON.stringify({ event: "image", manifests })}\n` }] }],
    ["sends-an-unknown-code", { steps: [{ send: '{"event":"error","code":"OOPS","message":"x"}\n' }] }],
    ["ends-early", { steps: [QUEUED] }],
    ["is-cut", { steps: [QUEUED, { waitMs: 50 }, { cut: true }] }],
    [
      "is-cut-within-the-last-line",
      { steps: [QUEUED, { send: '{"event":"error","code":"MANIFEST_UNKNOWN","message":"x"}' }, { cut: true }] },
    ],
  ];

  test.each(cases)("%s", async (name, script) => {
    await scriptOrigin(name, script);
    const response = await pull(`/v2/${name}/manifests/latest`);
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("10");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await readError(response)).toEqual({ code: "UNAVAILABLE", message: UNREACHABLE });
    expect(log).toHaveBeenCalledOnce();
    expect(await originCalls(name)).toHaveLength(1);
    expect(await storedKeys()).toEqual([]);
  });

  test("refuses connections", async () => {
    const { response } = callWorker({ ORIGIN_URL: "http://127.0.0.1:1" }, "/v2/down/manifests/latest");
    expect((await response).status).toBe(503);
    expect(await readError(await response)).toEqual({ code: "UNAVAILABLE", message: UNREACHABLE });
    expect(log).toHaveBeenCalledOnce();
  });

  test("falls silent", async () => {
    const image = await makeImage("silent");
    await scriptOrigin("silent", { steps: [QUEUED, { waitMs: 2000 }, ...succeed(image).steps] });
    const build = requestBuild(parseConfig(env), imageRequest("silent"), 200);
    await expect(build).rejects.toMatchObject({ code: "UNAVAILABLE", message: UNREACHABLE });
    await expect(build).rejects.toHaveProperty("cause.message", "the origin was silent for 200 ms");
  });

  test("images already built are served meanwhile", async () => {
    const { oci } = await storeImage("built");
    const { response } = callWorker({ ORIGIN_URL: "http://127.0.0.1:1" }, "/v2/built/manifests/latest");
    expect((await response).headers.get("Docker-Content-Digest")).toBe(oci.digest);
    await (await response).arrayBuffer();
  });
});

describe("an origin that refuses the Worker's calls is the operator's to put right", () => {
  test.each([
    [401, "the signature is wrong"],
    [409, "this origin serves channel:nixos-25.11"],
    [404, "not found"],
  ])("%i", async (status, message) => {
    const name = `refused-${status}`;
    await scriptOrigin(name, { status, steps: [{ send: JSON.stringify({ code: "WRONG_SIGNATURE", message }) }] });
    const response = await pull(`/v2/${name}/manifests/latest`);
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("10");
    const error = await readError(response);
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toContain("misconfigured");
    expect(JSON.stringify(error)).not.toContain(message);
    expect(log.mock.calls.join()).toContain(message);
  });

  test("a call signed with another secret is seen as such", async () => {
    await scriptOrigin("other-secret", fail("UNAVAILABLE", "x"));
    const { response } = callWorker(
      { ORIGIN_SECRET: "another secret of the same length".repeat(2) },
      "/v2/other-secret/manifests/latest",
    );
    await (await response).arrayBuffer();
    expect(await originCalls("other-secret")).toMatchObject([{ signature: "wrong" }]);
  });
});

describe("a build that fails", () => {
  test.each([
    ["MANIFEST_UNKNOWN", 404],
    ["NAME_INVALID", 400],
    ["UNAVAILABLE", 503],
  ] as const)("with %s says why, under %i", async (code, status) => {
    const name = `fails-${status}`;
    const message = 'no package "ripgrpe"; did you mean "ripgrep"?\nsee the log';
    await scriptOrigin(name, fail(code, message));
    const response = await pull(`/v2/${name}/manifests/latest`);
    expect(response.status).toBe(status);
    expect(response.headers.get("Retry-After")).toBe(status === 503 ? "10" : null);
    expect(await readError(response)).toEqual({ code, message });
    expect(log).not.toHaveBeenCalled();
  });

  test("passes its detail on", async () => {
    const detail = { unknown: ["ripgrpe"] };
    await scriptOrigin("detailed", sendEvents({ event: "error", code: "MANIFEST_UNKNOWN", message: "no", detail }));
    const response = await pull("/v2/detailed/manifests/latest");
    expect((await readError(response)).detail).toEqual(detail);
  });
});

async function outcomeOf(name: string, before: readonly Step[]): Promise<string> {
  const image = await makeImage(name);
  await scriptOrigin(name, {
    steps: [QUEUED, ...before, ...sendEvents({ event: "image", ...tagRecord(image) }).steps],
  });
  const outcome = await requestBuild(parseConfig(env), imageRequest(name));
  expect(outcome.manifests.oci).toBe(image.oci.digest);
  return outcome.revision;
}

describe("the answer is read as a stream", () => {
  test("of many log lines", async () => {
    const line = formatEvent({ event: "log", line: "x".repeat(100) });
    expect(await outcomeOf("chatty", [{ send: line.repeat(100), times: 200 }])).toBe("0123abc");
  });

  test("of one line longer than any event", async () => {
    const megabyte = { send: "x".repeat(1 << 20), times: 20 };
    expect(await outcomeOf("long-line", [{ send: '{"event":"log","line":"' }, megabyte, { send: '"}\n' }])).toBe(
      "0123abc",
    );
  });

  test("in pieces that end anywhere, even within a character", async () => {
    const pieces = ['{"event":"lo', 'g","line":"ü', '"}', "\n\n"].flatMap((send) => [{ send }, { waitMs: 20 }]);
    expect(await outcomeOf("pieces", pieces)).toBe("0123abc");
  });

  test("that takes its time", async () => {
    const heartbeat = formatEvent({ event: "heartbeat" });
    const slow = Array.from({ length: 5 }, () => [{ waitMs: 100 }, { send: heartbeat }]).flat();
    expect(await outcomeOf("slow", slow)).toBe("0123abc");
  });
});

test("a heartbeat within the limit keeps a call alive for longer than the limit", async () => {
  const image = await makeImage("alive");
  const heartbeat = formatEvent({ event: "heartbeat" });
  const steps = Array.from({ length: 8 }, () => [{ waitMs: 150 }, { send: heartbeat }]).flat();
  await scriptOrigin("alive", { steps: [...steps, ...succeed(image).steps] });
  const outcome = await requestBuild(parseConfig(env), imageRequest("alive"), 1000);
  expect(outcome.manifests.oci).toBe(image.oci.digest);
});

test("the call goes on when the client has left", async () => {
  const image = await makeImage("left");
  await storeInR2(image);
  await scriptOrigin("left", { steps: [QUEUED, { waitMs: 400 }, ...succeed(image).steps] });
  const context = createExecutionContext();
  // Nobody waits for this answer; only what was given to `waitUntil` is waited for.
  void registry.fetch(new Request(`${HOST}/v2/left/manifests/latest`), env, context);
  await vi.waitFor(async () => expect(await originCalls("left")).toHaveLength(1));
  await waitOnExecutionContext(context);
  expect(await originCalls("left")).toMatchObject([{ finished: true }]);
});

function imageRequest(name: string): ImageRequest {
  return { source: "starter", tag: "latest", architecture: "amd64", packages: [name] };
}
