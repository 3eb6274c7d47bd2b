import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect } from "vitest";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { parsePopularityUrl, readPopularity } from "../../../origin/layers/popularity-file.ts";
import { ConfigError, Settings } from "../../../origin/system/settings.ts";
import { rejection, test } from "../fixtures.ts";

const MAX_BYTES = 16_777_216;

function parse(text: string | undefined) {
  const settings = new Settings({ CORNICE_POPULARITY_URL: text });
  return { url: parsePopularityUrl(settings)?.href, problems: settings.problems };
}

describe("the setting", () => {
  test.each([
    [undefined, undefined],
    ["", undefined],
    ["https://host/a.json?b", "https://host/a.json?b"],
    ["HTTP://host/a.json", "http://host/a.json"],
    ["file:///a/b.json", "file:///a/b.json"],
    ["/a/b c.json", "file:///a/b%20c.json"],
    ["b.json", pathToFileURL("b.json").href],
  ])("%j is %j", (text, url) => {
    expect(parse(text)).toEqual({ url, problems: [] });
  });

  test.each(["ftp://host/a.json", "https://", "s3:bucket"])("%j is refused", (text) => {
    const problem = `CORNICE_POPULARITY_URL is "${text}"; it must be an http, https or file URL, or a file's path`;
    expect(parse(text)).toEqual({ url: undefined, problems: [problem] });
  });
});

async function problemOf(url: URL): Promise<string> {
  const error = await rejection(readPopularity(url));
  if (error instanceof ConfigError && error.problems.length === 1) return error.message;
  throw error;
}

test("without the setting there is no popularity", async () => {
  expect(await readPopularity(undefined)).toBe(NO_POPULARITY);
});

test("a file is read", async ({ directory }) => {
  const file = join(directory, "a.json");
  await writeFile(file, '{"git":0.5}');
  expect([...(await readPopularity(pathToFileURL(file))).packages]).toEqual([["git", 0.5]]);
});

test("a file is downloaded, with the credentials of the URL", async ({ serve }) => {
  const server = await serve(() => ({ status: 200, body: '{"git":0.5}' }));
  const url = new URL(`${server.url}/a.json?b=c`);
  url.username = "me";
  url.password = "p ss";
  expect([...(await readPopularity(url)).packages]).toEqual([["git", 0.5]]);
  expect(server.calls).toMatchObject([
    { method: "GET", path: "/a.json?b=c", headers: { authorization: `Basic ${btoa("me:p ss")}` } },
  ]);
});

describe("one line says what is wrong", () => {
  test("with a missing file", async ({ directory }) => {
    expect(await problemOf(pathToFileURL(join(directory, "a.json")))).toBe(
      `CORNICE_POPULARITY_URL: file://${directory}/a.json cannot be used: ` +
        `ENOENT: no such file or directory, open '${directory}/a.json'`,
    );
  });

  for (const [what, status, body, reason] of [
    ["an error", 404, "not here", "GET answered 404"],
    ["an answer that is not JSON", 200, "<html>", "it is not JSON"],
    ["a value that is not a number", 200, '{"git":true}', '"git" is true, not a count or a share'],
    ["an endless answer", 200, " ".repeat(MAX_BYTES + 1), `it has more than ${MAX_BYTES} bytes`],
  ] as const) {
    test(`with ${what}; no secret is in it`, async ({ serve }) => {
      const server = await serve(() => ({ status, body }));
      const url = new URL(`${server.url}/a.json?token=secret`);
      url.password = "secret";
      expect(await problemOf(url)).toBe(`CORNICE_POPULARITY_URL: ${server.url}/a.json cannot be used: ${reason}`);
    });
  }

  test("if no server listens", async () => {
    expect(await problemOf(new URL("http://127.0.0.1:2/a.json"))).toBe(
      "CORNICE_POPULARITY_URL: http://127.0.0.1:2/a.json cannot be used: connect ECONNREFUSED 127.0.0.1:2",
    );
  });
});
