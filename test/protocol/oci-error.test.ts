import { describe, expect, test } from "vitest";
import { isOciErrorCode, OciError, type OciErrorCode } from "../../protocol/oci-error.ts";

test.each<[OciErrorCode, number]>([
  ["BLOB_UNKNOWN", 404],
  ["DENIED", 403],
  ["DIGEST_INVALID", 400],
  ["MANIFEST_UNKNOWN", 404],
  ["NAME_INVALID", 400],
  ["NAME_UNKNOWN", 404],
  ["PAGINATION_NUMBER_INVALID", 400],
  ["RANGE_INVALID", 416],
  ["SIZE_INVALID", 400],
  ["TAG_INVALID", 400],
  ["TOOMANYREQUESTS", 429],
  ["UNAUTHORIZED", 401],
  ["UNAVAILABLE", 503],
  ["UNKNOWN", 500],
  ["UNSUPPORTED", 405],
])("%s has the status %i", (code, status) => {
  expect(isOciErrorCode(code)).toBe(true);
  expect(new OciError(code, "x").status).toBe(status);
});

test.each(["", "unknown", "constructor", 404, null])("%j is not a code", (code) => {
  expect(isOciErrorCode(code)).toBe(false);
});

test("a body has one error, with a detail if the error has one", () => {
  expect(new OciError("DENIED", "no").toBody()).toEqual({ errors: [{ code: "DENIED", message: "no" }] });
  expect(new OciError("DENIED", "no", { detail: [1], cause: "secret" }).toBody()).toEqual({
    errors: [{ code: "DENIED", message: "no", detail: [1] }],
  });
});

test("the address of a page is the last line of the message", () => {
  const page = { title: "the build's log", address: "https://host/builds/1" };
  expect(new OciError("DENIED", "no", { page }).toBody()).toEqual({
    errors: [{ code: "DENIED", message: "no\nthe build's log: https://host/builds/1" }],
  });
});

describe("a detail has nothing empty, because some clients print it as it is", () => {
  test.each<[title: string, detail: unknown, body: object]>([
    ["an empty list", { unknown: [{ name: "a" }], foreign: [] }, { detail: { unknown: [{ name: "a" }] } }],
    [
      "an empty list in a list's entry",
      { unknown: [{ name: "a", suggestions: [] }] },
      { detail: { unknown: [{ name: "a" }] } },
    ],
    ["only empty lists", { unknown: [], ambiguous: [], unsuitable: [], foreign: [] }, {}],
    ["empty objects in each other", { a: { b: {} } }, {}],
    ["no detail", undefined, {}],
    ["null", null, {}],
    [
      "values that are not lists",
      { count: 0, isFull: false, text: "" },
      { detail: { count: 0, isFull: false, text: "" } },
    ],
  ])("%s", (_, detail, body) => {
    expect(new OciError("DENIED", "no", { detail }).toBody()).toEqual({
      errors: [{ code: "DENIED", message: "no", ...body }],
    });
  });
});
