import { describe, expect, test } from "vitest";
import { type OriginBindings, parseOriginSettings } from "../../../worker/origins/settings.ts";

const SECRET = "x".repeat(32);

function parse(env: OriginBindings) {
  const problems: string[] = [];
  const settings = parseOriginSettings({ ORIGIN_SECRET: SECRET, ...env }, problems);
  expect(problems).toEqual([]);
  return settings;
}

describe("the origins' addresses", () => {
  test.each<[string, OriginBindings, string[]]>([
    ["may be one", { ORIGIN_URL: "https://a.test" }, ["https://a.test"]],
    ["may have a path, and a slash at the end", { ORIGIN_URL: "https://a.test/x/" }, ["https://a.test/x"]],
    ["may be listed with commas", { ORIGINS: "https://a.test,https://b.test" }, ["https://a.test", "https://b.test"]],
    ["or on lines", { ORIGINS: "\n https://a.test\n https://b.test/\n" }, ["https://a.test", "https://b.test"]],
    ["count once", { ORIGINS: "https://a.test, https://a.test/" }, ["https://a.test"]],
    [
      "as a list replace the single one",
      { ORIGIN_URL: "https://a.test", ORIGINS: "https://b.test" },
      ["https://b.test"],
    ],
    ["as an empty list replace nothing", { ORIGIN_URL: "https://a.test", ORIGINS: " " }, ["https://a.test"]],
  ])("%s", (_, env, urls) => {
    expect(parse(env).urls).toEqual(urls);
  });
});

test("a service token becomes the headers for Cloudflare Access; without a token there are none", () => {
  const ORIGIN_URL = "https://a.test";
  expect(parse({ ORIGIN_URL }).headers).toEqual({});
  expect(parse({ ORIGIN_URL, ORIGIN_ACCESS_CLIENT_ID: "", ORIGIN_ACCESS_CLIENT_SECRET: "" }).headers).toEqual({});
  expect(parse({ ORIGIN_URL, ORIGIN_ACCESS_CLIENT_ID: "i", ORIGIN_ACCESS_CLIENT_SECRET: "s" }).headers).toEqual({
    "CF-Access-Client-Id": "i",
    "CF-Access-Client-Secret": "s",
  });
});
