import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { healthText, RELEASE, releaseIn } from "../../protocol/release.ts";
import { objectOf, textAt } from "../json.ts";

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), "utf8");

test.each(["package.json", "package-lock.json"])("the release is the version in %s", async (name) => {
  expect(textAt(objectOf(await read(name)), "version")).toBe(RELEASE);
});

test("the changelog has the release", async () => {
  expect(await read("CHANGELOG.md")).toMatch(
    new RegExp(`^## ${RELEASE.replaceAll(".", "\\.")} - \\d{4}-\\d\\d-\\d\\d$`, "m"),
  );
});

test("an answer about health names the release, and begins as those of older releases", () => {
  expect(healthText()).toBe(`ok ${RELEASE}`);
  expect(releaseIn(healthText())).toBe(RELEASE);
});

test.each(["ok", "ok\n", "", "<html>", "not 1.0", "ok soon", `ok ${"1".repeat(41)}`])("%j names no release", (text) => {
  expect(releaseIn(text)).toBeUndefined();
});
