import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Digest, digestOf } from "../../../protocol/digest.ts";
import { blobKey } from "../../../protocol/storage-keys.ts";
import { newTrace } from "../../../protocol/trace-context.ts";
import { parseConfig } from "../../../worker/settings.ts";
import { fetchBlob } from "../../../worker/lost-blobs/fetch-blob.ts";
import { spyOnLog } from "../failure-log.ts";
import type { Script } from "../../scripted-origin/script.ts";
import { originCalls, scriptOrigin } from "../origin.ts";

const URL = inject("originUrl");
/** No origin listens here. */
const NOBODY = "http://127.0.0.1:1";

let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function fetchFrom(origins: readonly string[], digest: Digest) {
  return fetchBlob(parseConfig({ ...env, ORIGINS: origins.join(" ") }), digest, newTrace());
}

async function digestOfText(text: string): Promise<Digest> {
  return digestOf(new Uint8Array(new TextEncoder().encode(text)));
}

async function keepAt(origin: string, digest: Digest, text: string): Promise<void> {
  const headers = { "Content-Length": String(text.length) };
  await scriptOrigin(`${origin}/blobs/${digest}`, { headers, steps: [{ send: text }] });
}

async function callsAt(origin: string, digest: Digest): Promise<number> {
  return (await originCalls(`${origin}/blobs/${digest}`)).length;
}

describe("of several origins", () => {
  test.each(["one", "two", "three"])("%s has it, and it is in R2", async (origin) => {
    const digest = await digestOfText(`at ${origin}`);
    await keepAt(origin, digest, `at ${origin}`);
    expect(await fetchFrom([`${URL}/one`, `${URL}/two`, `${URL}/three`], digest)).toBe("stored");
    const stored = await env.R2.get(blobKey(digest));
    expect([await stored?.text(), stored?.httpMetadata?.contentType]).toEqual([
      `at ${origin}`,
      "application/octet-stream",
    ]);
  });

  test("no other one is asked after one that has it", async () => {
    const digest = await digestOfText("at both");
    for (const origin of ["one", "two"]) await keepAt(origin, digest, "at both");
    expect(await fetchFrom([`${URL}/one`, `${URL}/two`], digest)).toBe("stored");
    expect((await callsAt("one", digest)) + (await callsAt("two", digest))).toBe(1);
  });

  test("one has wrong bytes, and the next one has the right bytes", async () => {
    const digest = await digestOfText("right");
    await keepAt("one", digest, "wrong");
    await keepAt("two", digest, "wrong, too");
    await keepAt("three", digest, "right");
    expect(await fetchFrom([`${URL}/one`, `${URL}/two`, `${URL}/three`], digest)).toBe("stored");
  });

  test("one does not answer, and another one has it", async () => {
    const digest = await digestOfText("at the other");
    await keepAt("one", digest, "at the other");
    expect(await fetchFrom([NOBODY, `${URL}/one`], digest)).toBe("stored");
  });

  test("one does not answer, and the others do not have it: the outcome is unavailable", async () => {
    expect(await fetchFrom([NOBODY, `${URL}/one`], await digestOfText("who knows"))).toBe("unavailable");
  });

  test("none has it", async () => {
    expect(await fetchFrom([`${URL}/one`, `${URL}/two`], await digestOfText("nowhere"))).toBe("unknown");
  });
});

describe("an origin that is frozen makes the outcome unavailable", () => {
  const frozen: [stage: string, script: Script][] = [
    ["before its answer", { muteMs: 5000, steps: [] }],
    ["before the first byte", { steps: [{ waitMs: 5000 }] }],
    ["in the middle", { steps: [{ send: "begin" }, { waitMs: 5000 }] }],
  ];

  test.each(frozen)("%s", async (stage, script) => {
    const digest = await digestOfText(stage);
    await scriptOrigin(`one/blobs/${digest}`, { headers: { "Content-Length": "10" }, ...script });
    const config = parseConfig({ ...env, ORIGINS: `${URL}/one` });
    expect(await fetchBlob(config, digest, newTrace(), { maxSilenceMs: 300 })).toBe("unavailable");
    expect(log.mock.calls.join()).toContain("the origin was silent for 300 ms");
  });

  test("and so does one that breaks off", async () => {
    const digest = await digestOfText("breaks off");
    const steps = [{ send: "begin" }, { waitMs: 100 }, { cut: true } as const];
    await scriptOrigin(`one/blobs/${digest}`, { headers: { "Content-Length": "10" }, steps });
    expect(await fetchFrom([`${URL}/one`], digest)).toBe("unavailable");
  });

  test("but a slow origin is heard, and its blob is stored", async () => {
    const text = "slow but sure";
    const digest = await digestOfText(text);
    const steps = Array.from(text, (send) => [{ waitMs: 100 }, { send }]).flat();
    await scriptOrigin(`one/blobs/${digest}`, { headers: { "Content-Length": String(text.length) }, steps });
    const config = parseConfig({ ...env, ORIGINS: `${URL}/one` });
    expect(await fetchBlob(config, digest, newTrace(), { maxSilenceMs: 1000 })).toBe("stored");
  });
});

test("if R2 does not take it, the outcome is unavailable", async () => {
  const digest = await digestOfText("R2 is down");
  await keepAt("one", digest, "R2 is down");
  const R2 = new Proxy(env.R2, { get: () => () => Promise.reject(new Error("R2 is down")) });
  const config = parseConfig({ ...env, R2, ORIGINS: `${URL}/one` });
  expect(await fetchBlob(config, digest, newTrace())).toBe("unavailable");
});
