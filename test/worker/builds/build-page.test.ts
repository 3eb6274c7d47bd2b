import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { buildKey } from "../../../worker/builds/build-key.ts";
import { buildPage, buildPagePath, parseBuildPagePath } from "../../../worker/builds/build-page.ts";
import { USERS } from "../access/users.ts";
import { callWorker, pull, readError } from "../client.ts";
import { fail, imageRequest, scriptOrigin } from "../origin.ts";

afterEach(() => reset());

const KEY = "a1".repeat(32);

describe("the path of a build's page", () => {
  test("is read back", () => {
    expect(parseBuildPagePath(buildPagePath(KEY))).toBe(KEY);
  });

  test.each(["/builds/", `/builds/${KEY}/`, `/builds/${KEY}0`, `/builds/${KEY.toUpperCase()}`, `/builds//${KEY}`])(
    "is not %s",
    (path) => {
      expect(parseBuildPagePath(path)).toBeUndefined();
    },
  );
});

describe("a build as text", () => {
  const phases = [
    { phase: "evaluate", at: 1000 },
    { phase: "realise", at: 1500 },
  ] as const;

  test("while it goes on", () => {
    const text = buildPage({ startedAt: 0, phases, log: ["one", "two"], endedAt: undefined }, 4000);
    expect(text).toBe("building for 4.0 s\n\nevaluate    0.5 s\nrealise     2.5 s\n\none\ntwo\n");
  });

  test("when it has ended", () => {
    const text = buildPage({ startedAt: 0, phases, log: [], endedAt: 2000 }, 9000);
    expect(text).toBe("ended after 2.0 s\n\nevaluate    0.5 s\nrealise     0.5 s\n\n");
  });

  test("without what would steer a terminal", () => {
    const log = ["\u001b]0;title\u0007\u001b[2Jcleared\r\u009b", "tab\tkept, größe too"];
    expect(buildPage({ startedAt: 0, phases: [], log, endedAt: 0 }, 0)).toBe(
      "ended after 0.0 s\n\n\n]0;title[2Jcleared\ntab\tkept, größe too\n",
    );
  });
});

describe("GET /builds/KEY", () => {
  test("tells how a build went", async () => {
    await scriptOrigin("paged", fail("MANIFEST_UNKNOWN", "the compiler is unhappy"));
    await (await pull("/v2/paged/manifests/latest")).text();
    const response = await pull(buildPagePath(await buildKey(imageRequest("paged"))));
    expect(response.headers.get("Content-Type")).toBe("text/plain; charset=UTF-8");
    expect(await response.text()).toMatch(/^ended after \d+\.\d s\n/);
  });

  test("does not know a build that nobody began", async () => {
    const response = await pull(buildPagePath(KEY));
    expect(response.status).toBe(404);
    expect(await readError(response)).toMatchObject({ message: expect.stringContaining("pull the image") });
  });

  test("tells nothing in a registry that has private images", async () => {
    const call = callWorker({ AUTH: "basic", USERS }, buildPagePath(KEY));
    expect((await call.response).status).toBe(404);
  });
});
