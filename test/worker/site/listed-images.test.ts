import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseJson } from "../../../protocol/json-object.ts";
import { manifestCacheKey, manifestKey } from "../../../protocol/storage-keys.ts";
import { storePackages } from "../access/users.ts";
import { startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { tagRecord, type TestImage } from "../images.ts";
import { BOTH, listOf, NO_ARM64, storeList, type TestList } from "../lists.ts";
import { originCalls } from "../origin.ts";
import { ASSETS } from "./assets.ts";

const FOR_BOTH = { platforms: ["amd64", "arm64"] };

let amd64: TestImage;
let arm64: TestImage;
let list: TestList;

beforeEach(async () => {
  spyOnLog();
  amd64 = await storePackages("git", "git");
  arm64 = await storePackages("arm64/git", "git arm64");
  list = await listOf({ amd64, arm64 });
  await storeList("git", list);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function get(path: string, settings = {}): Promise<Response> {
  const answer = await startIsolate({ ASSETS, ...BOTH, ...settings }).settle(path);
  expect(answer.status).toBe(200);
  return answer;
}

async function info(path: string, settings = {}): Promise<unknown> {
  return (await get(`/api/images/${path}`, settings)).json();
}

describe("GET /api/images/<name> of a list", () => {
  test("has the list, and the default architecture's image as if it were alone", async () => {
    expect(await info("git")).toMatchObject({
      name: "git",
      tag: "latest",
      architecture: "amd64",
      ...FOR_BOTH,
      list: tagRecord(list),
      built: { ...tagRecord(amd64), manifest: parseJson(new TextDecoder().decode(amd64.oci.bytes)) },
    });
    expect(await info("git", { DEFAULT_ARCHITECTURE: "arm64" })).toMatchObject({
      architecture: "arm64",
      built: tagRecord(arm64),
    });
  });

  test("of one image has this image, and the reason why the other is missing", async () => {
    const one = await listOf({ amd64 });
    await storeList("git", one, { leftOut: [NO_ARM64] });
    expect(await info("git", { DEFAULT_ARCHITECTURE: "arm64" })).toMatchObject({
      architecture: "amd64",
      platforms: ["amd64"],
      list: { ...tagRecord(one), leftOut: [NO_ARM64] },
      built: tagRecord(amd64),
    });
  });

  test("is not asked for an image by its architecture", async () => {
    const answer = await info("arm64/git");
    expect(answer).toMatchObject({ name: "arm64/git", architecture: "arm64", platforms: ["arm64"] });
    expect(answer).not.toHaveProperty("list");
  });

  test.each(["oci", "docker"] as const)(
    "is that of a list that is not built, if the list is lost (%s)",
    async (format) => {
      const { digest } = list[format];
      await Promise.all([env.R2.delete(manifestKey(digest)), env.KV.delete(manifestCacheKey(digest))]);
      expect(await info("git")).toEqual({ name: "git", tag: "latest", architecture: "amd64", ...FOR_BOTH });
    },
  );

  test("that was never pulled says what the name stands for, and builds nothing", async () => {
    expect(await info("cold")).toEqual({ name: "cold", tag: "latest", architecture: "amd64", ...FOR_BOTH });
    expect(await originCalls("cold")).toEqual([]);
  });
});

test("the text for a terminal has the list's platforms, and one image", async () => {
  await storeList("git", list, { leftOut: [NO_ARM64] });
  expect(await (await get("/images/git")).text()).toBe(`image     git:latest
platform  linux/amd64, linux/arm64
no arm64  no such package: git
revision  0123abc
resolved  ${tagRecord(list).resolvedAt}
list      ${list.oci.digest}
shown     linux/amd64
manifest  ${amd64.oci.digest}
layers    0, 0 B compressed

SIZE  DIGEST  CONTENTS
`);
});

test("GET /api/registry has the platforms that a name stands for", async () => {
  const settings = { PACKAGE_SOURCE: "starter" };
  const registry = await (await get("/api/registry", settings)).json();
  expect(registry).toMatchObject({ ...FOR_BOTH, defaultArchitecture: "amd64", architectures: ["amd64", "arm64"] });
});
