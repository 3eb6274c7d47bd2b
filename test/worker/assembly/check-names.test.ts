import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Digest } from "../../../protocol/digest.ts";
import { SWEEP_STATE_KEY } from "../../../protocol/sweep-state.ts";
import { assembleAtEdge } from "../../../worker/assembly/assemble-at-edge.ts";
import { storedKeys } from "../client.ts";
import { storeCollection } from "../collection.ts";
import { spyOnLog } from "../failure-log.ts";
import { imageRequest } from "../origin.ts";
import { edgeSettings, knowPackages } from "./known-packages.ts";

const REMOVES = "a garbage collection removes parts of it";
const NOBODY_KNOWS = "nobody can tell what the garbage collection removes";
const PHASES = ["condemned", "sweeping"] as const;

let layers: readonly Digest[];

beforeEach(async () => {
  spyOnLog();
  layers = await knowPackages(["git"]);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function refusal(config = edgeSettings()): Promise<string> {
  const made = await assembleAtEdge(config, imageRequest("git"), "always");
  return "needsOrigin" in made ? made.needsOrigin : "";
}

const manifestKeys = async () => (await storedKeys()).filter((key) => key.startsWith("manifests/"));

describe.each(PHASES)("in phase %s of a garbage collection", (phase) => {
  test("an image with a condemned layer goes to the origin, and nothing of it is written", async () => {
    await storeCollection({ generation: 1, phase }, layers.slice(0, 1));
    expect([await refusal(), await manifestKeys()]).toEqual([REMOVES, []]);
  });

  test("an image goes to the origin if its own manifest is condemned", async () => {
    const made = await assembleAtEdge(edgeSettings(), imageRequest("git"), "always");
    if (!("record" in made)) throw new Error(made.needsOrigin);
    await storeCollection({ generation: 1, phase }, [made.record.manifests.docker]);
    expect(await refusal()).toBe(REMOVES);
  });

  test("an image without condemned parts is made, and one whose parts are pardoned, too", async () => {
    await storeCollection({ generation: 1, phase });
    expect(await refusal()).toBe("");
    await storeCollection({ generation: 2, phase, pardoned: layers }, layers);
    expect(await refusal(edgeSettings())).toBe("");
  });

  test("all images go to the origin if the list of the condemned is missing", async () => {
    await env.R2.delete(await storeCollection({ generation: 1, phase }));
    expect(await refusal()).toBe(NOBODY_KNOWS);
  });
});

test.each([
  ["of another version", '{"version":2}'],
  ["that is damaged", "{"],
  ["that is too large", " ".repeat((1 << 20) + 1)],
])("with a state %s, all images go to the origin", async (_, text) => {
  await env.R2.put(SWEEP_STATE_KEY, text);
  expect(await refusal()).toBe(NOBODY_KNOWS);
});

test("a bundle that was read before a collection went on is read again", async () => {
  const config = edgeSettings();
  expect(await refusal(config)).toBe("");
  const bundles = (await storedKeys()).filter((key) => key.startsWith("bundles/"));
  await env.R2.delete(bundles);
  expect(await refusal(config)).toBe("");
  await storeCollection({ generation: 3 });
  expect(await refusal(config)).toBe("git has no bundle");
});

test("an image that took too long is not written, and neither are its records", async () => {
  const made = await assembleAtEdge(edgeSettings(), imageRequest("git"), "always");
  if (!("record" in made)) throw new Error(made.needsOrigin);
  vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_001);
  await expect(made.publish()).rejects.toThrow("a garbage collection may have begun meanwhile");
  expect((await storedKeys()).filter((key) => key.startsWith("tags/"))).toEqual([]);
});
