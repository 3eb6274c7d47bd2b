import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TierLog } from "../../worker/requests/tiers.ts";
import { callWorker, pull, readError, storedKeys } from "./client.ts";
import { storeBlob, storeImage } from "./images.ts";
import { failingKv, failingR2 } from "./outages.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** The names of this many packages, as short as possible. */
function packages(count: number): string {
  const letters = "abcdefghijklmnopqrstuvwxyz".split("");
  const names = [...letters, ...letters.flatMap((first) => letters.map((second) => first + second))];
  return names.slice(0, count).join("/");
}

const badNames: [title: string, name: string, message: string][] = [
  ["upper case", "Git", '"Git" cannot be part'],
  ["an empty component", "git//htop", "empty component"],
  ["an empty first component", "/git", "empty component"],
  ["an empty last component", "git/", "empty component"],
  ["no component", "", "empty component"],
  ["a percent-encoded dot", "git%2e", '"git%2e" cannot be part'],
  ["a percent-encoded slash", "git%2Fhtop", '"git%2Fhtop" cannot be part'],
  ["a percent-encoded lower-case slash", "git%2fhtop", "cannot be part"],
  ["percent-encoded dots and slashes", "a%2F..%2F..%2Fetc", "cannot be part"],
  ["a null", "git%00", '"git%00" cannot be part'],
  ["a letter that need not be encoded", "%67it", '"%67it" cannot be part'],
  ["an invalid encoding", "git%zz", "cannot be part"],
  ["a letter outside ASCII", "gît", "cannot be part"],
  ["a leading separator", "-git", "cannot be part"],
  ["three underscores", "a___b", "cannot be part"],
  ["10,000 characters", "a".repeat(10_000), "10000 characters; at most 255"],
  ["a thousand packages", packages(1000), "characters; at most 255"],
  ["65 packages", packages(65), "lists 65 packages; at most 64"],
  ["61 packages and the shell's four", `shell/${packages(61)}`, "lists 65 packages; at most 64"],
  ["two architectures", "amd64/arm64/git", "choose one"],
  ["an architecture without a package", "arm64", "lists no package"],
];

const badTags: [title: string, tag: string, message: string][] = [
  ["no tag", "", "cannot be a tag"],
  ["a leading dot", ".latest", '".latest" cannot be a tag'],
  ["129 characters", "a".repeat(129), "cannot be a tag"],
  ["a percent-encoded slash", "a%2Fb", '"a%2Fb" cannot be a tag'],
  ["a null", "latest%00", "cannot be a tag"],
  ["a space", "la%20test", "cannot be a tag"],
];

const badDigests: [title: string, digest: string, message: string][] = [
  ["upper-case digits", `sha256:${"A".repeat(64)}`, "not a digest"],
  ["63 digits", `sha256:${"0".repeat(63)}`, "not a digest"],
  ["a null", `${DIGEST}%00`, "not a digest"],
  ["two encoded colons", "sha256%3A%3A", "not a digest"],
];

const SHA512 = { digest: `sha512:${"0".repeat(128)}`, message: "sha256 digests only, not sha512" };

interface BadInput {
  readonly title: string;
  readonly path: string;
  readonly code: string;
  readonly message: string;
  /** 404, unless it says otherwise. */
  readonly status?: number;
}

const cases: BadInput[] = [
  ...badNames.flatMap(([title, name, message]) => [
    { title: `a name with ${title}`, path: `/v2/${name}/manifests/latest`, code: "NAME_UNKNOWN", message },
    {
      title: `a name with ${title}, by digest`,
      path: `/v2/${name}/manifests/${DIGEST}`,
      code: "NAME_UNKNOWN",
      message,
    },
    { title: `a name with ${title}, for a blob`, path: `/v2/${name}/blobs/${DIGEST}`, code: "NAME_UNKNOWN", message },
    { title: `a name with ${title}, for its tags`, path: `/v2/${name}/tags/list`, code: "NAME_UNKNOWN", message },
    {
      title: `a name with ${title}, for referrers`,
      path: `/v2/${name}/referrers/${DIGEST}`,
      code: "NAME_INVALID",
      status: 400,
      message,
    },
  ]),
  ...badTags.map(([title, tag, message]) => ({
    title: `a tag with ${title}`,
    path: `/v2/git/manifests/${tag}`,
    code: "MANIFEST_UNKNOWN",
    message,
  })),
  ...badDigests.flatMap(([title, digest, message]) =>
    ["manifests", "blobs", "referrers"].map((collection) => ({
      title: `${collection}: a digest with ${title}`,
      path: `/v2/git/${collection}/${digest}`,
      code: "DIGEST_INVALID",
      status: 400,
      message,
    })),
  ),
  {
    title: "a manifest of another algorithm",
    path: `/v2/git/manifests/${SHA512.digest}`,
    code: "MANIFEST_UNKNOWN",
    message: SHA512.message,
  },
  {
    title: "a blob of another algorithm",
    path: `/v2/git/blobs/${SHA512.digest}`,
    code: "BLOB_UNKNOWN",
    message: SHA512.message,
  },
  { title: "no blob digest", path: "/v2/git/blobs/", code: "DIGEST_INVALID", status: 400, message: "not a digest" },
];

function spyOnFetch() {
  return vi.spyOn(globalThis, "fetch");
}

describe("bad input is refused before anything is looked up, evaluated or stored", () => {
  let fetches: ReturnType<typeof spyOnFetch>;

  beforeEach(() => {
    fetches = spyOnFetch();
  });

  test.each(cases)("$title", async ({ path, code, status = 404, message }) => {
    // Any look-up fails here, and causes 500 or 503.
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const stores = { KV: failingKv(), R2: failingR2() };
    for (const method of ["GET", "HEAD"]) {
      const response = await callWorker(stores, path, { method }).response;
      expect(response.status).toBe(status);
      expect(response.headers.get("Content-Type")).toBe("application/json");
      expect(response.headers.get("Cache-Control")).toBe("no-store");
      const error = method === "GET" ? await readError(response) : { code, message };
      expect(error.code).toBe(code);
      expect(error.message).toContain(message);
      expect(error.message.length).toBeLessThan(300);
    }
    expect(log).not.toHaveBeenCalled();
    expect(fetches).not.toHaveBeenCalled();
    expect(await storedKeys()).toEqual([]);
  });

  test("the spy on fetch sees a build call", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const response = await pull("/v2/seen/manifests/latest");
    expect(response.status).toBe(503);
    await response.arrayBuffer();
    expect(fetches).toHaveBeenCalledOnce();
  });
});

test("the limit of packages is a setting", async () => {
  await storeImage("a/b");
  const two = await callWorker({ MAX_PACKAGES: "2" }, "/v2/b/a/manifests/latest").response;
  expect(two.status).toBe(200);
  await two.arrayBuffer();
  const one = await callWorker({ MAX_PACKAGES: "1" }, "/v2/b/a/manifests/latest").response;
  expect(one.status).toBe(404);
  expect((await readError(one)).message).toContain("at most 1 ");
});

describe("a body on GET or HEAD", () => {
  test.each([
    ["GET", { "Content-Length": "5" }],
    ["HEAD", { "Content-Length": "5" }],
    ["GET", { "Transfer-Encoding": "chunked" }],
  ])("%s with %o", async (method, headers) => {
    await storeImage("git");
    const response = await callWorker({}, "/v2/git/manifests/latest", { method, headers }).response;
    expect(response.status).toBe(400);
    const error = method === "GET" ? await readError(response) : undefined;
    expect(error?.code).toBe(method === "GET" ? "SIZE_INVALID" : undefined);
  });

  test("an announced body of no bytes counts as no body", async () => {
    await storeImage("git");
    const headers = { "Content-Length": "0" };
    const response = await callWorker({}, "/v2/git/manifests/latest", { headers }).response;
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  });
});

/** The platform lets at most 128 KB of headers through. */
const LONG = 100_000;

describe("a header of 100 KB breaks nothing", () => {
  test.each([
    ["Accept", "a/b,"],
    ["User-Agent", "containerd/"],
    ["If-None-Match", '"a",'],
    ["Range", "bytes=0-1,"],
    ["If-Range", '"a"'],
    ["Authorization", "Basic "],
  ])("%s", async (name, text) => {
    await storeImage("git");
    const blob = await storeBlob(new Uint8Array([1, 2, 3]));
    for (const path of ["manifests/latest", `blobs/${blob}`]) {
      const headers = { [name]: text.repeat(LONG / text.length) };
      const response = await callWorker({}, `/v2/git/${path}`, { headers }).response;
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
  });
});

describe("an unexpected failure", () => {
  test.each(["/v2/git/manifests/latest", `/v2/git/blobs/${DIGEST}`, `/v2/git/manifests/${DIGEST}`])(
    "%s is an internal error without internal text",
    async (path) => {
      const log = vi.spyOn(console, "error").mockReturnValue(undefined);
      vi.spyOn(TierLog.prototype, "ask").mockRejectedValue(new Error("a defect: /internal/path"));
      const response = await pull(path);
      expect(response.status).toBe(500);
      expect(response.headers.get("Cache-Control")).toBe("no-store");
      expect(response.statusText).toBe("internal error");
      expect(await response.json()).toEqual({ errors: [{ code: "UNKNOWN", message: "internal error" }] });
      expect(log.mock.calls.join()).toContain("a defect: /internal/path");
    },
  );
});

test("a blob is not served under a name outside the grammar", async () => {
  const digest = await storeBlob(new Uint8Array([1]));
  const response = await pull(`/v2/Git/blobs/${digest}`);
  expect(response.status).toBe(404);
  expect((await readError(response)).code).toBe("NAME_UNKNOWN");
});
