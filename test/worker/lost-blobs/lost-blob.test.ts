import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Digest, digestOf, sha256Digest } from "../../../protocol/digest.ts";
import { newTrace } from "../../../protocol/trace-context.ts";
import { askForBlob } from "../../../worker/lost-blobs/ask-for-blob.ts";
import { parseConfig } from "../../../worker/settings.ts";
import { spyOnLog } from "../failure-log.ts";
import { originCalls, scriptOrigin } from "../origin.ts";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** Digests that begin alike. No origin has them. */
function madeUp(start: string, count: number): Digest[] {
  return Array.from({ length: count }, (_, index) =>
    sha256Digest(start + String(index).padStart(64 - start.length, "0")),
  );
}

function ask(digest: Digest) {
  return askForBlob(parseConfig(env), digest, { waitMs: 10_000, trace: newTrace() });
}

test("there are at most 256 objects for all digests", async () => {
  const names: string[] = [];
  const getByName = (name: string) => {
    names.push(name);
    return env.LOST_BLOBS.getByName(name);
  };
  const LOST_BLOBS = new Proxy(env.LOST_BLOBS, { get: () => getByName });
  for (const digest of [...madeUp("a1", 2), ...madeUp("0f", 1)]) {
    await askForBlob(parseConfig({ ...env, LOST_BLOBS }), digest, { waitMs: 10_000, trace: newTrace() });
  }
  expect(names).toEqual(["a1", "a1", "0f"]);
});

test("blobs whose digests begin alike are not mixed up", async () => {
  const text = "kept by an origin";
  const digest = await digestOf(new Uint8Array(new TextEncoder().encode(text)));
  await scriptOrigin(`blobs/${digest}`, {
    headers: { "Content-Length": String(text.length) },
    steps: [{ send: text }],
  });
  const [other] = madeUp(digest.slice("sha256:".length, "sha256:".length + 2), 1);
  expect(await Promise.all([ask(digest), ask(other ?? digest)])).toEqual(["stored", "unknown"]);
});

test("the number of searches at a time is limited, and the refused ones are not remembered", async () => {
  const digests = madeUp("b2", 40);
  for (const digest of digests) {
    // R2 does not take bytes of another digest. So each search lasts a while.
    const steps = [{ waitMs: 1500 }, { send: "other" }];
    await scriptOrigin(`blobs/${digest}`, { headers: { "Content-Length": "5" }, steps });
  }
  const found = await Promise.all(digests.map(ask));
  expect(found.filter((each) => each === "unknown")).toHaveLength(32);
  expect(found.filter((each) => each === "unavailable")).toHaveLength(8);
  expect(await Promise.all(digests.map(ask))).toEqual(digests.map(() => "unknown"));
});

test("an unknown blob is asked for once, also with other searches between", async () => {
  const [digest = sha256Digest("0".repeat(64)), ...others] = madeUp("c3", 3);
  for (const each of [digest, ...others, digest]) expect(await ask(each)).toBe("unknown");
  expect(await originCalls(`blobs/${digest}`)).toHaveLength(1);
});
