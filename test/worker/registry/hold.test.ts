import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../../worker/settings.ts";
import { endHold, holdFor } from "../../../worker/registry/hold.ts";
import { basic, restricted } from "../access/users.ts";
import { callWorker, HOST, readError } from "../client.ts";
import { makeImage, storeInR2 } from "../images.ts";
import { buildKeyOf, heartbeats, originCalls, scriptOrigin, succeed } from "../origin.ts";

/** The shortest times that settings allow: a second for each request, three for the last one of a patient client. */
const SETTINGS = { MANIFEST_HOLD: "1", BUILD_WAIT: "12" };

afterAll(() => reset());

async function scriptBuild(name: string, seconds: number): Promise<void> {
  const image = await makeImage(name);
  await storeInR2(image);
  await scriptOrigin(name, { steps: [...heartbeats(seconds * 5, 200), ...succeed(image).steps] });
}

function pull(path: string, init: RequestInit = {}): Promise<Response> {
  return callWorker(SETTINGS, path, init).response;
}

describe.concurrent("a request for an image that is still being built", () => {
  test.each(["GET", "HEAD"])("%s waits, and is then redirected to its own address", async (method) => {
    const name = `slow-${method.toLowerCase()}`;
    await scriptBuild(name, 3);
    const began = Date.now();
    const response = await pull(`/v2/${name}/manifests/latest`, { method });
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
    expect(response.status).toBe(307);
    expect(response.headers.get("Location")).toBe(`/v2/${name}/manifests/latest?hop=1`);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.get("Docker-Distribution-API-Version")).toBe("registry/2.0");
    // Bytes of a body count as progress for containerd 1.7.
    expect(await response.text()).toBe(method === "GET" ? "the image is being built\n" : "");
  });

  test("gets an answer without a digest on HEAD, if the client needs bytes and so a GET", async () => {
    await scriptBuild("bytes", 3);
    const headers = { "User-Agent": "containerd/1.7.24~ds1" };
    const response = await pull("/v2/bytes/manifests/latest?hop=7", { method: "HEAD", headers });
    expect([response.status, response.headers.get("Docker-Content-Digest")]).toEqual([200, null]);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect((await pull("/v2/bytes/manifests/latest", { headers })).status).toBe(307);
  });

  test("gets the image by following redirects, and the origin is called once", async () => {
    await scriptBuild("followed", 2);
    let response = await pull("/v2/followed/manifests/latest");
    let hops = 0;
    for (; response.status === 307; hops++) response = await pull(response.headers.get("Location") ?? "");
    expect(hops).toBeGreaterThanOrEqual(1);
    expect(hops).toBeLessThanOrEqual(3);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    expect(await originCalls("followed")).toHaveLength(1);
  });

  test("is also redirected for a user", async () => {
    await scriptBuild("private", 3);
    const headers = { Authorization: basic("alice", "wonderland") };
    const settings = { ...SETTINGS, ...restricted("basic") };
    const response = await callWorker(settings, "/v2/private/manifests/latest", { headers }).response;
    expect(response.status).toBe(307);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  test("gets 429 and the address of the build's page after the ninth redirect", async () => {
    await scriptBuild("again", 3);
    const headers = { "User-Agent": "containerd/2.3.4" };
    const response = await pull("/v2/again/manifests/latest?hop=9", { headers });
    expect(response.status).toBe(429);
    expect(response.headers.get("Retry-After")).toBe("1");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    const { code, message } = await readError(response);
    expect(code).toBe("TOOMANYREQUESTS");
    expect(message).toContain(`${HOST}/builds/${await buildKeyOf("again")}`);
  });

  test("then waits until the image is there, if the client does not start again", async () => {
    await scriptBuild("open", 2);
    const response = await pull("/v2/open/manifests/latest?hop=9", { headers: { "User-Agent": "docker/28.5.2" } });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  });

  test("waits no longer than BUILD_WAIT, over all redirects", async () => {
    await scriptBuild("too-slow", 6);
    const began = Date.now();
    const response = await pull("/v2/too-slow/manifests/latest?hop=9");
    expect(Date.now() - began).toBeGreaterThanOrEqual(2990);
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("10");
    const { code, message } = await readError(response);
    expect(code).toBe("UNAVAILABLE");
    expect(message).toContain(`${HOST}/builds/${await buildKeyOf("too-slow")}`);
    expect(await originCalls("too-slow")).toHaveLength(1);
  });
});

const CONFIG = parseConfig({ ...env, ...SETTINGS });

function request(query: string, agent = ""): Request {
  return new Request(`${HOST}/v2/git/manifests/latest${query}`, { headers: { "User-Agent": agent } });
}

describe("the address of a redirect has the client's query, and counts the redirects", () => {
  test.each([
    ["", "?hop=1"],
    ["?", "?hop=1"],
    ["?hop=8", "?hop=9"],
    ["?ns=a%2Fb&hop=3&x=%zz", "?ns=a%2Fb&x=%zz&hop=4"],
    ["?hop=0", "?hop=1"],
    ["?hop=10", "?hop=1"],
    ["?hop=-1", "?hop=1"],
    ["?hop=3&hop=4", "?hop=1"],
    ["?hop=2%30", "?hop=1"],
    ["?hop=9e9&hop", "?hop&hop=1"],
    ["?hop=5#hop=9", "?hop=6"],
  ])("%s: %s", (query, next) => {
    const response = endHold(holdFor(CONFIG, request(query)), request(query), `${HOST}/builds/x`);
    expect(response.headers.get("Location")).toBe(`/v2/git/manifests/latest${next}`);
  });
});

describe("a client goes on with a GET", () => {
  const END = "ask with GET";
  test.each([
    ["HEAD", "?hop=7", "containerd/1.7.24~ds1", END],
    ["HEAD", "?hop=9", "containerd/v1.7.0", END],
    ["HEAD", "?hop=6", "containerd/1.7.24", "redirect"],
    ["GET", "?hop=7", "containerd/1.7.24", "redirect"],
    ["HEAD", "?hop=7", "containerd/1.6.20", "redirect"],
    ["HEAD", "?hop=7", "containerd/2.1.4", "redirect"],
    ["HEAD", "?hop=7", "docker/28.5.2 containerd/1.7.24", "redirect"],
  ])("%s %s by %s: %s", (method, query, agent, end) => {
    const asked = new Request(request(query, agent), { method });
    expect(holdFor(CONFIG, asked).end).toBe(end);
  });
});

describe("after the ninth redirect", () => {
  test.each([
    "containerd/2.3.4",
    "containerd/v1.7.24",
    "buildkit/v0.24",
    "docker/29.7 containerd-client/2.3.4+unknown",
    "containers/5.36.0 (github.com/containers/image)",
    "skopeo/1.18.0",
    "libpod/5.4.0",
    "Buildah/1.39.0",
    "cri-o/1.31.0 go/go1.23 os/linux arch/amd64",
  ])("%s starts again", (agent) => {
    expect(holdFor(CONFIG, request("?hop=8", agent))).toEqual({ hop: 8, ms: 1000, end: "redirect" });
    expect(holdFor(CONFIG, request("?hop=9", agent))).toEqual({ hop: 9, ms: 1000, end: "start again" });
  });

  test.each([
    "docker/28.5.2 go/go1.24 UpstreamClient(Docker-Client/28.5.2 \\(linux\\))",
    "go-containerregistry/v0.20.2",
    "oras/1.2.0",
    "curl/8 containers/",
    "",
  ])("%s is held for the rest of BUILD_WAIT", (agent) => {
    expect(holdFor(CONFIG, request("?hop=9", agent))).toEqual({ hop: 9, ms: 3000, end: "give up" });
  });

  test("no client waits for less time than before", () => {
    const config = { ...CONFIG, buildWaitMs: 5000 };
    expect(holdFor(config, request("?hop=9")).ms).toBe(1000);
  });
});
