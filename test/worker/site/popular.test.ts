import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callWorker, readError } from "../client.ts";
import { latestOf } from "../images.ts";

/** The number of pulls of each image. */
const PULLS: readonly [name: string, tag: string, count: number][] = [
  ["git", "latest", 3],
  ["arm64/shell/htop", "latest", 5],
  ["git", "v1", 4],
];

beforeEach(async () => {
  const pulls = PULLS.map(([name, tag, count]) => [JSON.stringify({ ...latestOf(name), tag }), count] as const);
  const gone = JSON.stringify({ ...latestOf("gone"), source: "channel:x" });
  await env.PULLS.getByName("pulls").add(new Map([...pulls, [gone, 9]]));
});

afterEach(() => reset());

describe("GET /api/popular", () => {
  test("has the most pulled images, named as in a pull, always in the same order", async () => {
    for (let times = 0; times < 3; times++) {
      const response = await callWorker({ CATALOG: "true" }, "/api/popular").response;
      expect(await response.json()).toEqual({ images: ["arm64/shell/htop", "git:v1", "git"] });
    }
  });

  test("answers nobody if the registry does not list its images", async () => {
    const response = await callWorker({}, "/api/popular").response;
    expect(response.status).toBe(404);
    expect(await readError(response)).toEqual({
      code: "NAME_UNKNOWN",
      message: "this registry does not list its images",
    });
  });
});
