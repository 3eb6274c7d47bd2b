import { readdir } from "node:fs/promises";
import { expect } from "vitest";
import { buildImage } from "../../../origin/builds/build-image.ts";
import { matching } from "../../matchers.ts";
import { test } from "../fixtures.ts";
import { GIT } from "../nix/prepared.ts";
import { NEVER, REQUEST, setUp } from "./known-image.ts";

const SUCCESS = { status: 200, body: '{"success":true}' };

test("a closure is kept while the link of its build is still there", async ({ directory, serve }) => {
  const server = await serve(() => SUCCESS);
  const { context, recorded } = await setUp(directory, server.url);
  const kept: unknown[] = [];
  const keepClosure = async (roots: readonly string[]) => {
    kept.push(roots, await readdir(context.config.spoolDirectory));
  };
  await buildImage({ ...context, keepClosure }, REQUEST, recorded.onEvent, NEVER);
  expect(kept).toEqual([[GIT], [matching(/^work-/)]]);
});
