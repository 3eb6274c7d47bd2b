import { describe, expect } from "vitest";
import { startBusyOrigin } from "./busy-origin.ts";
import { test } from "./fixtures.ts";

const BUILDS = 20;
const FIRST_EVENT = /^{"event":"queued"}\n/;

// `npm run bench:times` measures how long it takes.
describe("a build call has a first byte before its build ends", () => {
  test("while twenty other builds are under way and Nix is busy", async ({ directory, onTestFinished }) => {
    const { ask } = await startBusyOrigin(directory, onTestFinished);
    await Promise.all(Array.from({ length: BUILDS }, (_, index) => ask(`busy${index}`)));
    expect(await ask("another")).toMatch(FIRST_EVENT);
  });

  test("for a caller that joins a build without new events", async ({ directory, onTestFinished }) => {
    const { ask } = await startBusyOrigin(directory, onTestFinished);
    await ask("joined");
    expect(await ask("joined")).toMatch(FIRST_EVENT);
  });
});
