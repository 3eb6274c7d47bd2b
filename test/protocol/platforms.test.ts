import { expect, test } from "vitest";
import { parsePlatforms } from "../../protocol/platforms.ts";

test.each([
  ["amd64", ["amd64"]],
  [" arm64 ", ["arm64"]],
  ["amd64 arm64", ["amd64", "arm64"]],
  ["arm64,amd64", ["amd64", "arm64"]],
  ["arm64 , amd64, amd64", ["amd64", "arm64"]],
])("%j stands for %j", (text, platforms) => {
  const problems: string[] = [];
  expect(parsePlatforms("PLATFORMS", text, problems)).toEqual(platforms);
  expect(problems).toEqual([]);
});

test.each(["", " ,", "linux/amd64", "AMD64", "amd64;arm64", "amd64 s390x"])("%j is a problem", (text) => {
  const problems: string[] = [];
  expect(parsePlatforms("PLATFORMS", text, problems)).toEqual([]);
  expect(problems).toEqual([`PLATFORMS is ${JSON.stringify(text)}; each of its words must be amd64 or arm64`]);
});
