import { expect, test } from "vitest";
import { logLine } from "../../../start/local-edge/log-line.ts";
import { objectOf } from "../../json.ts";
import { matching } from "../../matchers.ts";

test("a line of text stays as it is", () => {
  expect(logLine("text", "error", "the Worker failed")).toBe("the Worker failed");
});

test("a line becomes an object", () => {
  expect(objectOf(logLine("json", "error", "two\nlines"))).toEqual({
    time: matching(/^\d{4}-\d\d-\d\dT/),
    level: "error",
    message: "two\nlines",
  });
});

test("an object stays as it is", () => {
  expect(logLine("json", "error", '{"message":"x"}')).toBe('{"message":"x"}');
});
