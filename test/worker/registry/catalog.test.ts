import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callWorker, readError } from "../client.ts";
import { storeTag } from "../images.ts";
import { failingKv } from "../outages.ts";

/** The names in the order of their keys. */
const NAMES = ["shell", "shell/git", "git", "git/htop", "git-lfs", "images", "images/web", "arm64/git"];

beforeEach(async () => {
  for (const name of NAMES) {
    for (const tag of ["latest", "v1"]) await storeTag(name, "{}", tag);
  }
});

afterEach(() => reset());

function ask(query = ""): Promise<Response> {
  return callWorker({ CATALOG: "true" }, `/v2/_catalog${query}`).response;
}

async function names(query?: string): Promise<string[]> {
  const response = await ask(query);
  expect(response.status).toBe(200);
  return (await response.json<{ repositories: string[] }>()).repositories;
}

test("the list has every image that was built, once, under its shortest name", async () => {
  expect((await names()).toSorted()).toEqual(NAMES.toSorted());
});

test("pages have every image once", async () => {
  const seen: string[] = [];
  let query: string | undefined = "?n=2";
  while (query !== undefined) {
    const response = await ask(query);
    seen.push(...(await response.json<{ repositories: string[] }>()).repositories);
    query = /^<\/v2\/_catalog(.*)>; rel="next"$/.exec(response.headers.get("Link") ?? "")?.[1];
  }
  expect(seen).toEqual(await names());
});

describe("a page", () => {
  test("starts after the image in last, in any spelling", async () => {
    const all = await names();
    expect(await names("?last=htop/git")).toEqual(all.slice(all.indexOf("git/htop") + 1));
    expect(await names("?last=amd64/git/htop")).toEqual(all.slice(all.indexOf("git/htop") + 1));
  });

  test("of no entries is empty", async () => {
    expect(await names("?n=0")).toEqual([]);
  });

  test("after an invalid name is refused", async () => {
    const response = await ask("?last=../x");
    expect(response.status).toBe(400);
    expect((await readError(response)).code).toBe("NAME_INVALID");
  });
});

test("the list has no images of another package source", async () => {
  const answer = await callWorker({ CATALOG: "true", PACKAGE_SOURCE: "channel:x" }, "/v2/_catalog").response;
  expect(await answer.json()).toEqual({ repositories: [] });
});

test.each([{}, { CATALOG: "false" }])("%o: nobody gets the list, and KV is not asked", async (setting) => {
  const response = await callWorker({ ...setting, KV: failingKv() }, "/v2/_catalog").response;
  expect(response.status).toBe(405);
  expect(response.headers.get("Allow")).toBe("");
  expect(await readError(response)).toEqual({
    code: "UNSUPPORTED",
    message: "this registry does not list its images",
  });
});
