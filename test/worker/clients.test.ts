import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { pull, readError } from "./client.ts";
import { spyOnLog } from "./failure-log.ts";
import { fail, scriptOrigin } from "./origin.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const LOSING = [
  "containerd/2.1.4",
  "containerd/v1.7.24",
  "buildkit/v0.24",
  "docker/29.0 containerd-client/2.1.4+unknown",
];
const READING = ["docker/28.5.2 go/go1.24 UpstreamClient(Docker-Client/28.5.2)", "skopeo/1.18.0", "crane/0.20", ""];
const MESSAGE = "no package ripgrpe in the starter set; did you mean ripgrep?";

describe("the message of a failed build reaches clients that do not print a 404", () => {
  test.each(LOSING)("%s", async (agent) => {
    await scriptOrigin("ripgrpe", fail("MANIFEST_UNKNOWN", MESSAGE));
    for (const method of ["GET", "HEAD"]) {
      const response = await pull("/v2/ripgrpe/manifests/latest", { method, headers: { "User-Agent": agent } });
      expect(response.status).toBe(403);
      expect(response.statusText).toBe(MESSAGE);
      const error = method === "GET" ? await readError(response) : undefined;
      expect(error).toEqual(method === "GET" ? { code: "DENIED", message: MESSAGE } : undefined);
    }
  });
});

describe("other clients get a 404, because they print it", () => {
  test.each(READING)("%s", async (agent) => {
    await scriptOrigin("ripgrpe", fail("MANIFEST_UNKNOWN", MESSAGE));
    const response = await pull("/v2/ripgrpe/manifests/latest", { headers: { "User-Agent": agent } });
    expect(response.status).toBe(404);
    expect(await readError(response)).toEqual({ code: "MANIFEST_UNKNOWN", message: MESSAGE });
  });
});

describe("clients of oras-go print the body of a 403, but no body of a 404", () => {
  const agents = ["oras/1.2.0", "oras-go", "Helm/3.18.4", "notation/1.3.2"];

  test.each(agents)("%s: GET is 403", async (agent) => {
    await scriptOrigin("ripgrpe", fail("MANIFEST_UNKNOWN", MESSAGE));
    const response = await pull("/v2/ripgrpe/manifests/latest", { headers: { "User-Agent": agent } });
    expect(response.status).toBe(403);
    expect(await readError(response)).toEqual({ code: "DENIED", message: MESSAGE });
  });

  test.each(agents)("%s: HEAD is 404, because it has no body, and 403 would be misleading", async (agent) => {
    await scriptOrigin("ripgrpe", fail("MANIFEST_UNKNOWN", MESSAGE));
    const response = await pull("/v2/ripgrpe/manifests/latest", { method: "HEAD", headers: { "User-Agent": agent } });
    expect(response.status).toBe(404);
  });
});

test.each([...LOSING, "oras/1.2.0"])("%s: a name or a tag outside of the grammar is 403", async (agent) => {
  for (const path of ["/v2/Git/manifests/latest", "/v2/git/manifests/.x", "/v2/amd64/arm64/git/manifests/latest"]) {
    const response = await pull(path, { headers: { "User-Agent": agent } });
    expect(response.status).toBe(403);
    expect((await readError(response)).message).toMatch(/cannot be|choose one/);
  }
});

test.each([...LOSING, "oras/1.2.0"])("%s: a missing signature stays 404, so that the client goes on", async (agent) => {
  const path = `/v2/git/manifests/sha256-${"0".repeat(64)}.sig`;
  const response = await pull(path, { headers: { "User-Agent": agent } });
  expect(response.status).toBe(404);
  await response.arrayBuffer();
});

test("errors of other kinds keep their status for all clients", async () => {
  spyOnLog();
  await scriptOrigin("other", fail("UNAVAILABLE", "too many builds"));
  for (const agent of LOSING) {
    const response = await pull("/v2/other/manifests/latest", { headers: { "User-Agent": agent } });
    expect(response.status).toBe(503);
    expect(response.statusText).toBe("too many builds");
    await response.arrayBuffer();
  }
});

test("the message about a missing tag also reaches clients that do not print a 404", async () => {
  const message = "no such tag: v1; this package source has only the tag latest";
  await scriptOrigin("untagged", fail("MANIFEST_UNKNOWN", message));
  const headers = { "User-Agent": "containerd/2.1.4" };
  const response = await pull("/v2/untagged/manifests/v1", { method: "HEAD", headers });
  expect(response.status).toBe(403);
  expect(response.statusText).toBe(message);
});

describe("the reason phrase", () => {
  test.each([
    ["has no line ends", "one\r\ntwo\nthree", "one two three"],
    ["has no character outside ASCII", "“ripgrpe” — naïve\u0000\u007f", "ripgrpe na ve"],
    ["is short", "x".repeat(5000), `${"x".repeat(30)}...${"x".repeat(30)}`],
  ])("%s", async (title, message, phrase) => {
    const name = title.replaceAll(" ", "-").toLowerCase();
    await scriptOrigin(name, fail("MANIFEST_UNKNOWN", message));
    const response = await pull(`/v2/${name}/manifests/latest`, { headers: { "User-Agent": "containerd/2.1.4" } });
    expect(response.statusText).toBe(phrase);
    expect((await readError(response)).message).toBe(message);
  });
});
