import { createExecutionContext, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { routes } from "../../../worker/entrance.ts";
import { HOST, readError, startIsolate } from "../client.ts";
import { storeBlob } from "../images.ts";
import { originCalls } from "../origin.ts";
import { failingKv, failingR2 } from "../outages.ts";
import { ask, basic, restricted, storePackages } from "./users.ts";

const ALICE = basic("alice", "wonderland");
const DIGEST = `sha256:${"0".repeat(64)}`;
const BROKEN_STORES = { KV: failingKv(), R2: failingR2() };
/** Every endpoint that answers with content. */
const PATHS = [
  "secret/manifests/latest",
  `secret/manifests/${DIGEST}`,
  `secret/blobs/${DIGEST}`,
  `secret/referrers/${DIGEST}`,
  "secret/tags/list",
  "_catalog",
];

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("AUTH=basic", () => {
  const wrong = [
    ["nothing", undefined],
    ["an empty name and password", basic("", "")],
    ["a wrong password", basic("alice", "Wonderland")],
    ["an unknown user", basic("bob", "wonderland")],
    ["a name without a password", `Basic ${btoa("alice")}`],
    ["no base64", "Basic ???"],
    ["a token", "Bearer abc"],
    ["another scheme", "Digest username=alice"],
    ["two headers in one", `${ALICE}, ${ALICE}`],
    ["no scheme", ALICE.slice("Basic ".length)],
  ] as const;

  test.each(wrong)("%s is 401 before anything is looked up", async (_, authorization) => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    for (const path of ["", ...PATHS]) {
      const settings = { ...restricted("basic"), ...BROKEN_STORES, CATALOG: "true" };
      const response = await ask(settings, `/v2/${path}`, authorization);
      expect(response.status).toBe(401);
      expect(response.headers.get("WWW-Authenticate")).toBe('Basic realm="Cornice", charset="UTF-8"');
      expect(response.headers.get("Cache-Control")).toBe("no-store");
      expect((await readError(response)).code).toBe("UNAUTHORIZED");
    }
    expect(log).not.toHaveBeenCalled();
  });

  test("an image that is not built yet is not built for strangers", async () => {
    const response = await ask(restricted("basic"), "/v2/not-for-you/manifests/latest");
    expect(response.status).toBe(401);
    await response.arrayBuffer();
    expect(await originCalls("not-for-you")).toHaveLength(0);
  });

  test("a user is served, and only the user's own client may cache the answer", async () => {
    const { oci } = await storePackages("secret", "secret");
    const blob = await storeBlob(new Uint8Array([1, 2, 3]));
    for (const [path, caching] of [
      ["secret/manifests/latest", "private, max-age=60, stale-while-revalidate=300, no-transform"],
      [`secret/manifests/${oci.digest}`, "private, max-age=31536000, immutable, no-transform"],
      [`secret/blobs/${blob}`, "private, max-age=31536000, immutable, no-transform"],
      [`secret/referrers/${blob}`, "private, max-age=60, no-transform"],
      ["secret/tags/list", "private, max-age=60, no-transform"],
      ["_catalog", "private, max-age=60, no-transform"],
    ]) {
      const response = await ask({ ...restricted("basic"), CATALOG: "true" }, `/v2/${path}`, ALICE);
      expect(response.status).toBe(200);
      expect(response.headers.get("Cache-Control")).toBe(caching);
      await response.arrayBuffer();
    }
  });

  test("a stranger gets nothing from memory or the colo cache", async () => {
    const { oci } = await storePackages("kept", "secret");
    const blob = await storeBlob(new Uint8Array([1, 2, 3]));
    const isolate = startIsolate(restricted("basic"));
    for (const [path, tier] of [
      ["manifests/latest", "memory"],
      [`manifests/${oci.digest}`, "memory"],
      [`blobs/${blob}`, "colo"],
    ]) {
      const headers = { Authorization: ALICE };
      await isolate.settle(`/v2/kept/${path}`, { headers });
      const kept = await isolate.settle(`/v2/kept/${path}`, { headers });
      expect([kept.status, kept.headers.get("Cornice-Cache")]).toEqual([200, tier]);
      expect((await isolate.settle(`/v2/kept/${path}`)).status).toBe(401);
    }
  });

  test("the version check tells right credentials from wrong ones", async () => {
    expect((await ask(restricted("basic"), "/v2/", ALICE)).status).toBe(200);
    expect((await ask(restricted("basic", "git"), "/v2/")).status).toBe(401);
  });

  test("a pull of twenty layers hashes the password once", async () => {
    const blob = await storeBlob(new Uint8Array([1]));
    const bindings = { ...env, ...restricted("basic") };
    const hashing = vi.spyOn(crypto.subtle, "deriveBits");
    for (let layer = 0; layer < 20; layer++) {
      const request = new Request(`${HOST}/v2/git/blobs/${blob}`, { headers: { Authorization: ALICE } });
      const response = await routes.fetch(request, bindings, createExecutionContext());
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    expect(hashing).toHaveBeenCalledTimes(1);
  });
});

describe("public content", () => {
  const settings = restricted("basic", "shell git htop");

  test("is served to anybody, and only the client may keep it", async () => {
    const { oci } = await storePackages("git/htop", "git htop");
    const blob = await storeBlob(new Uint8Array([1, 2, 3]));
    for (const path of [
      "htop/git/manifests/latest",
      `git/manifests/${oci.digest}`,
      `git/blobs/${blob}`,
      `git/referrers/${oci.digest}`,
      "git/tags/list",
    ]) {
      const response = await ask(settings, `/v2/${path}`);
      expect(response.status).toBe(200);
      expect(response.headers.get("Cache-Control")).toMatch(/^private, /);
      await response.arrayBuffer();
    }
  });

  test.each([
    "git/secret",
    "secret/git",
    "shell/git/secret",
    "git/shell/secret",
    "amd64/git/secret",
    "secret",
    "images/git",
  ])("%s is not", async (name) => {
    await storePackages(name, name.replaceAll("/", " "));
    const response = await ask(settings, `/v2/${name}/manifests/latest`);
    expect(response.status).toBe(401);
    expect((await readError(response)).message).toBe("this image is not public; log in to pull it");
  });

  test("does not include the list of images", async () => {
    const response = await ask({ ...settings, CATALOG: "true" }, "/v2/_catalog");
    expect(response.status).toBe(401);
    await response.arrayBuffer();
  });

  test("is refused with wrong credentials, so that their owner notices", async () => {
    await storePackages("git", "git");
    const response = await ask(settings, "/v2/git/manifests/latest", basic("alice", "wrong"));
    expect(response.status).toBe(401);
    expect((await readError(response)).message).toBe("user name or password is wrong");
  });

  test("is private when a user asks for it", async () => {
    await storePackages("git", "git");
    const response = await ask(settings, "/v2/git/manifests/latest", ALICE);
    expect(response.headers.get("Cache-Control")).toMatch(/^private, /);
    await response.arrayBuffer();
  });
});

describe("without AUTH", () => {
  test("credentials change nothing", async () => {
    await storePackages("git", "git");
    for (const authorization of [ALICE, "Bearer x", "garbage"]) {
      const response = await ask({}, "/v2/git/manifests/latest", authorization);
      expect(response.status).toBe(200);
      expect(response.headers.get("Cache-Control")).toMatch(/^public, /);
      await response.arrayBuffer();
    }
  });

  test("there are no tokens", async () => {
    for (const settings of [{}, restricted("basic")]) {
      const response = await ask(settings, "/token");
      expect(response.status).toBe(404);
      await response.arrayBuffer();
    }
  });
});

test.each(["/v2/git/../secret", "/v2/git%2f..%2fsecret", "/v2/git/./secret", "/v2/git//secret", "/v2/GIT"])(
  "%s does not get around the rules",
  async (path) => {
    await storePackages("secret", "secret");
    const response = await ask(restricted("basic", "git"), `${path}/manifests/latest`);
    expect([400, 401, 404]).toContain(response.status);
    await response.arrayBuffer();
  },
);
