import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { digestOf } from "../../../protocol/digest.ts";
import { readError, startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { latestOf, makeImage, storeTag } from "../images.ts";
import { BOTH, listKey, listOf, storeList } from "../lists.ts";
import { fail, originCalls, scriptOrigin } from "../origin.ts";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function storeListTag(name: string, tag = "latest"): Promise<void> {
  for (const architecture of ["amd64", "arm64"]) await storeTag(`${architecture}/${name}`, "{}", tag);
  await env.KV.put(await listKey(name, tag), "{}");
}

async function read<T>(path: string, settings = {}): Promise<T> {
  const answer = await startIsolate({ ...BOTH, CATALOG: "true", ...settings }).settle(path);
  expect(answer.status).toBe(200);
  return answer.json();
}

describe("the tags of a name without an architecture", () => {
  beforeEach(async () => {
    await storeListTag("git", "b");
    await storeTag("git", "{}", "a");
    await storeTag("git", "{}", "c");
    await storeTag("arm64/git", "{}", "d");
  });

  async function tags(path: string, settings = {}): Promise<readonly string[]> {
    return (await read<{ tags: string[] }>(`/v2/${path}`, settings)).tags;
  }

  test("are those of its lists and of its default images, each once, sorted", async () => {
    expect(await tags("git/tags/list")).toEqual(["a", "b", "c"]);
    expect(await tags("git/tags/list?n=2")).toEqual(["a", "b"]);
    expect(await tags("git/tags/list?last=a&n=1")).toEqual(["b"]);
  });

  test("with one platform, are those of its images", async () => {
    expect(await tags("git/tags/list", { PLATFORMS: "amd64" })).toEqual(["a", "b", "c"]);
  });

  test("with an architecture, are those of that image", async () => {
    expect(await tags("arm64/git/tags/list")).toEqual(["b", "d"]);
  });
});

describe("the catalog", () => {
  beforeEach(async () => {
    for (const tag of ["latest", "v1"]) await storeListTag("git", tag);
    await storeListTag("git-lfs");
    await storeTag("git/htop", "{}");
    await storeTag("arm64/git/htop", "{}");
    await storeTag("arm64/htop", "{}");
    await storeListTag("images/web");
  });
  const NAMES = ["git-lfs", "git/htop", "arm64/git/htop", "git", "arm64/htop", "images/web"];

  async function names(query = "", settings = {}): Promise<readonly string[]> {
    return (await read<{ repositories: string[] }>(`/v2/_catalog${query}`, settings)).repositories;
  }

  test("has each name once, whether a list, an image or both were built", async () => {
    expect(await names()).toEqual(NAMES);
  });

  test("goes on after each of its names", async () => {
    for (const [index, name] of NAMES.entries()) {
      expect(await names(`?n=2&last=${name}`)).toEqual(NAMES.slice(index + 1, index + 3));
    }
  });

  test("goes on after the name of an image that its list stands for", async () => {
    expect(await names("?last=amd64/git")).toEqual(NAMES.slice(4));
    expect(await names("?last=arm64/git")).toEqual(NAMES.slice(4));
  });

  test("with one platform, has all images", async () => {
    const arm64 = { PLATFORMS: "arm64", DEFAULT_ARCHITECTURE: "arm64" };
    const both = (name: string, other: string) => [name, `${other}/${name}`];
    expect(await names("", arm64)).toEqual([
      ...both("git-lfs", "amd64"),
      ...both("git/htop", "amd64"),
      ...both("git", "amd64"),
      "htop",
      ...both("images/web", "amd64"),
    ]);
  });
});

describe("the most pulled images", () => {
  beforeEach(async () => {
    const git = latestOf("git");
    const pulls = [{ ...git, architecture: "amd64+arm64" }, git, latestOf("arm64/git")];
    await env.PULLS.getByName("pulls").add(new Map(pulls.map((pull, index) => [JSON.stringify(pull), 9 - index])));
  });

  test("are named so that a pull gets them", async () => {
    expect(await read("/api/popular")).toEqual({ images: ["git", "amd64/git", "arm64/git"] });
  });

  test("have no lists, if names do not stand for lists any more", async () => {
    expect(await read("/api/popular", { PLATFORMS: "amd64" })).toEqual({ images: ["git", "arm64/git"] });
  });
});

test("pulls of a list are counted as pulls of the list", async () => {
  const list = await listOf({ amd64: await makeImage("counted"), arm64: await makeImage("counted on arm64") });
  await storeList("counted", list);
  await startIsolate({ ...BOTH, REVALIDATE_TOP: "5" }).settle("/v2/counted/manifests/latest");
  const [popular] = await env.PULLS.getByName("pulls").top(1);
  expect(JSON.parse(popular ?? "")).toMatchObject({ architecture: "amd64+arm64", packages: ["counted"] });
});

test("if no origin has a blob of a list, the image that has it is built again", async () => {
  const lost = await digestOf(new Uint8Array(3));
  const arm64 = await makeImage("lost on arm64", { layers: [{ digest: lost, size: 3 }] });
  await storeList("lost-in-list", await listOf({ amd64: await makeImage("kept"), arm64 }));
  await scriptOrigin("lost-in-list", fail("UNAVAILABLE", "not now"));
  const answer = await startIsolate(BOTH).settle(`/v2/lost-in-list/blobs/${lost}`);
  expect([answer.status, (await readError(answer)).message]).toEqual([
    503,
    "a part of this image was lost; it is being built anew: pull again in a minute",
  ]);
  await vi.waitFor(async () => expect(await originCalls("lost-in-list")).toHaveLength(1));
  const [call] = await originCalls("lost-in-list");
  expect(JSON.parse(call?.body ?? "")).toMatchObject({ architecture: "arm64" });
});
