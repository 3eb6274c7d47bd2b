import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tagKey } from "../../../protocol/storage-keys.ts";
import { callWorker, pull, readError } from "../client.ts";
import { storeTag } from "../images.ts";
import { originCalls } from "../origin.ts";
import { failingKv } from "../outages.ts";

const TAGS = ["2.0", "Main", "latest", "nixos-25.11", "z_1"];

beforeEach(async () => {
  for (const tag of TAGS.toReversed()) await storeTag("shell/git", "{}", tag);
  // Neighbours in KV: tags of other images.
  for (const name of ["shell", "shell/git/htop", "git", "arm64/shell/git", "git-lfs"]) {
    await storeTag(name, "{}", "other");
  }
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** The tags of one page and the address of the next. */
async function list(path: string): Promise<{ tags: string[]; next: string | undefined }> {
  const response = await pull(path);
  expect(response.status).toBe(200);
  const { tags } = await response.json<{ tags: string[] }>();
  return { tags, next: /^<(.*)>; rel="next"$/.exec(response.headers.get("Link") ?? "")?.[1] };
}

test("the list has all tags under which an image was built, sorted", async () => {
  const response = await pull("/v2/shell/git/tags/list");
  const body = { name: "shell/git", tags: TAGS };
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toEqual({
    "cache-control": "public, max-age=60, no-transform",
    "content-length": String(JSON.stringify(body).length),
    "content-type": "application/json",
    "docker-distribution-api-version": "registry/2.0",
    "x-content-type-options": "nosniff",
  });
  expect(await response.json()).toEqual(body);
});

test("an image that the package set defines has tags of its own", async () => {
  await storeTag("images/web", "{}", "v1");
  await storeTag("web/images", "{}", "other");
  expect(await list("/v2/images/web/tags/list")).toEqual({ tags: ["v1"], next: undefined });
});

test("HEAD has the same headers and no body", async () => {
  const get = await pull("/v2/shell/git/tags/list");
  const head = await pull("/v2/shell/git/tags/list", { method: "HEAD" });
  expect([head.status, [...head.headers]]).toEqual([200, [...get.headers]]);
  expect(await head.text()).toBe("");
  await get.arrayBuffer();
});

test.each(["shell/git/git", "nano/git/moreutils/coreutils/bashinteractive", "amd64/shell/git"])(
  "%s is another spelling, and the answer has the requested name",
  async (name) => {
    const response = await pull(`/v2/${name}/tags/list`);
    expect(await response.json()).toEqual({ name, tags: TAGS });
  },
);

test("tags belong to one architecture", async () => {
  expect((await list("/v2/arm64/shell/git/tags/list")).tags).toEqual(["other"]);
  const answer = await callWorker({ PLATFORMS: "arm64", DEFAULT_ARCHITECTURE: "arm64" }, "/v2/shell/git/tags/list")
    .response;
  expect(await answer.json()).toMatchObject({ tags: ["other"] });
});

test("an image that nobody has pulled has no tags, and is not built", async () => {
  expect(await list("/v2/never-pulled/tags/list")).toEqual({ tags: [], next: undefined });
  expect(await originCalls("never-pulled")).toHaveLength(0);
});

describe("a page", () => {
  test.each([
    ["n=2", ["2.0", "Main"], "/v2/shell/git/tags/list?n=2&last=Main"],
    ["n=2&last=Main", ["latest", "nixos-25.11"], "/v2/shell/git/tags/list?n=2&last=nixos-25.11"],
    ["n=2&last=nixos-25.11", ["z_1"], undefined],
    ["last=latest", ["nixos-25.11", "z_1"], undefined],
    ["last=m", ["nixos-25.11", "z_1"], undefined],
    ["n=1&last=z_1", [], undefined],
    ["n=5", TAGS, undefined],
    ["n=4", TAGS.slice(0, 4), "/v2/shell/git/tags/list?n=4&last=nixos-25.11"],
    ["n=0", [], undefined],
    ["n=0&last=Main", [], undefined],
    ["n=99999999999999999999", TAGS, undefined],
    ["n=002", TAGS.slice(0, 2), "/v2/shell/git/tags/list?n=2&last=Main"],
    ["last=%0d%0aX-Injected:%201", TAGS, undefined],
  ])("%s", async (query, tags, next) => {
    expect(await list(`/v2/shell/git/tags/list?${query}`)).toEqual({ tags, next });
  });

  test("after another gives every tag once", async () => {
    let next: string | undefined = "/v2/shell/git/tags/list?n=2";
    const seen: string[] = [];
    while (next !== undefined) {
      const page = await list(next);
      seen.push(...page.tags);
      next = page.next;
    }
    expect(seen).toEqual(TAGS);
  });

  test.each(["n=-1", "n=", "n=two", "n=1.5", "n=1e3", "n=%2B1"])("%s is refused", async (query) => {
    const response = await callWorker({ KV: failingKv() }, `/v2/shell/git/tags/list?${query}`).response;
    expect(response.status).toBe(400);
    expect(await readError(response)).toEqual({
      code: "PAGINATION_NUMBER_INVALID",
      message: "n must be a whole number of entries",
    });
  });
});

test("a list that is longer than one of KV's pages is read on, and cut at a thousand entries", async () => {
  const keys = Array.from({ length: 1200 }, (_, index) => String(index).padStart(4, "0"));
  const image = { source: env.PACKAGE_SOURCE, architecture: "amd64", packages: ["many"] } as const;
  await Promise.all(keys.map(async (tag) => env.KV.put(await tagKey({ ...image, tag }), "{}")));
  const first = await list("/v2/many/tags/list");
  expect(first.tags).toEqual(keys.slice(0, 1000));
  expect(first.next).toBe("/v2/many/tags/list?n=1000&last=0999");
  expect((await list(first.next ?? "")).tags).toEqual(keys.slice(1000));
});

test("while KV is down, the list is 503, and the log has the reason", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue(undefined);
  const response = await callWorker({ KV: failingKv() }, "/v2/shell/git/tags/list").response;
  expect(response.status).toBe(503);
  expect((await readError(response)).code).toBe("UNAVAILABLE");
  expect(log.mock.calls.join()).toContain("KV is down");
});
