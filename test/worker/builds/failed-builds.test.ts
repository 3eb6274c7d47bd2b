import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatEvent } from "../../../protocol/build-events.ts";
import type { Script } from "../../scripted-origin/script.ts";
import { callWorker, pull, readError, storedKeys } from "../client.ts";
import { storeImage } from "../images.ts";
import { fail, originCalls, scriptOrigin, sendEvents } from "../origin.ts";
import { spyOnLog } from "../failure-log.ts";

const QUEUED = { send: formatEvent({ event: "queued" }) };
const UNREACHABLE = "the build service is not reachable; images already built are still served";

let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("an origin that does not answer as it should is an outage", () => {
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

  test("built images are still served", async () => {
    const { oci } = await storeImage("built");
    const { response } = callWorker({ ORIGIN_URL: "http://127.0.0.1:1" }, "/v2/built/manifests/latest");
    expect((await response).headers.get("Docker-Content-Digest")).toBe(oci.digest);
    await (await response).arrayBuffer();
  });
});

describe("an origin that refuses the Worker's calls is a fault for the operator", () => {
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
    // An outage is the origin's fault, so the Worker logs it and would ask the next origin.
    expect(log).toHaveBeenCalledTimes(code === "UNAVAILABLE" ? 1 : 0);
  });

  test("passes the detail of its error on", async () => {
    const detail = { unknown: ["ripgrpe"] };
    await scriptOrigin("detailed", sendEvents({ event: "error", code: "MANIFEST_UNKNOWN", message: "no", detail }));
    const response = await pull("/v2/detailed/manifests/latest");
    expect((await readError(response)).detail).toEqual(detail);
  });
});
