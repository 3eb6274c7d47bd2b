import { describe, expect, test } from "vitest";
import { pull, readError } from "../client.ts";
import { storeBlob, storeImage } from "../images.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

describe("the version check", () => {
  test.each(["/v2/", "/v2", "/v2/?ns=docker.io"])("GET %s", async (path) => {
    const response = await pull(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("Docker-Distribution-API-Version")).toBe("registry/2.0");
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(await response.text()).toBe("{}");
  });

  test("HEAD has the same headers and no body", async () => {
    const get = await pull("/v2/");
    const head = await pull("/v2/", { method: "HEAD" });
    expect(head.status).toBe(200);
    expect([...head.headers]).toEqual([...get.headers]);
    expect(head.headers.get("Content-Length")).toBe("2");
    expect(await head.text()).toBe("");
    await get.arrayBuffer();
  });
});

test("the front page says how to pull", async () => {
  const response = await pull("/");
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("docker pull");
});

describe("methods that write", () => {
  const paths = [
    "/v2/",
    "/v2/git/blobs/uploads/",
    "/v2/git/manifests/latest",
    `/v2/git/blobs/${DIGEST}`,
    `/v2/git/referrers/${DIGEST}`,
    "/v2/git/tags/list",
    "/v2/_catalog",
    "/v2/nothing",
  ];
  const cases = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"].flatMap((method) =>
    paths.map((path) => [method, path] as const),
  );

  test.each(cases)("%s %s", async (method, path) => {
    const response = await pull(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe("GET, HEAD");
    expect(await readError(response)).toEqual({ code: "UNSUPPORTED", message: "this registry is pull-only" });
  });
});

describe("addresses that the registry does not have", () => {
  const paths = [
    "/nothing",
    "/v1/_ping",
    "/v3/",
    "/v2/git/tags/latest",
    "/v2/git/tags/list/",
    "/v2/_catalog/",
    "/v2/git",
    "/v2/git/manifests/latest/more",
  ];

  test.each(paths)("GET %s", async (path) => {
    const response = await pull(path);
    expect(response.status).toBe(404);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.get("Docker-Distribution-API-Version")).toBe("registry/2.0");
    expect((await readError(response)).code).toBe("NAME_UNKNOWN");
  });
});

describe("no browser may guess the type of an answer", () => {
  test.each<[path: string, status: number, init?: RequestInit]>([
    ["/v2/", 200],
    ["/v2/git/manifests/latest", 200],
    ["/v2/git/tags/list", 200],
    ["/v2/git/blobs/BLOB", 200],
    ["/v2/git/blobs/BLOB", 200, { method: "HEAD" }],
    ["/v2/git/blobs/BLOB", 206, { headers: { Range: "bytes=0-0" } }],
    ["/v2/git/blobs/BLOB", 304, { headers: { "If-None-Match": "*" } }],
    [`/v2/git/referrers/${DIGEST}`, 200],
    [`/v2/git/manifests/${DIGEST}`, 404],
    ["/v2/GIT/manifests/latest", 404],
    ["/v2/git", 404],
    ["/v2/_catalog", 405],
    ["/v2/git/blobs/uploads/", 405, { method: "POST" }],
    ["/token", 404],
  ])("%s is %i", async (path, status, init) => {
    await storeImage("git");
    const blob = await storeBlob(new Uint8Array(new TextEncoder().encode("<script>alert(1)</script>")));
    const response = await pull(path.replace("BLOB", blob), init);
    expect([response.status, response.headers.get("X-Content-Type-Options")]).toEqual([status, "nosniff"]);
    await response.arrayBuffer();
  });
});

test.each(["?ns=docker.io", "?hop=3&ns=a%2Fb", "?%00=%zz", "?"])("a query string %s changes nothing", async (query) => {
  const { oci } = await storeImage("git");
  const blob = await storeBlob(new Uint8Array([1, 2, 3]));
  for (const [path, digest] of [
    ["/v2/git/manifests/latest", oci.digest],
    [`/v2/git/manifests/${oci.digest}`, oci.digest],
    [`/v2/git/blobs/${blob}`, blob],
  ]) {
    const response = await pull(`${path}${query}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("Docker-Content-Digest")).toBe(digest);
    await response.arrayBuffer();
  }
});
