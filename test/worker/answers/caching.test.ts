import { describe, expect, test } from "vitest";
import { cacheControl } from "../../../worker/answers/caching.ts";

const CONTENT = "public, max-age=31536000, immutable";

describe("Cache-Control", () => {
  test.each<[stated: string | null, status: number, ofAll: string, ofUsers: string]>([
    [CONTENT, 200, CONTENT, "private, max-age=31536000, immutable"],
    [CONTENT, 206, CONTENT, "private, max-age=31536000, immutable"],
    [CONTENT, 304, CONTENT, "private, max-age=31536000, immutable"],
    ["private, no-cache", 200, "private, no-cache", "private, no-cache"],
    ...[101, 202, 303, 307, 401, 403, 404, 405, 416, 426, 429, 500, 503].map(
      (status): [string, number, string, string] => [CONTENT, status, "no-store", "no-store"],
    ),
    [null, 200, "no-store", "no-store"],
    ["", 200, "no-store", "no-store"],
    ["max-age=60", 200, "no-store", "no-store"],
    ["max-age=60, public", 200, "no-store", "no-store"],
    ["publicly, max-age=60", 200, "no-store", "no-store"],
  ])("%j with the status %i: %j for all, %j with users", (stated, status, ofAll, ofUsers) => {
    expect(cacheControl(stated, status, "public")).toBe(ofAll);
    expect(cacheControl(stated, status, "private")).toBe(ofUsers);
  });
});
