import { describe, expect } from "vitest";
import { createChannelSource } from "../../../origin/sources/channel-source.ts";
import { KNOWN_CHANNELS } from "../../../origin/sources/allowed-refs.ts";
import { rejection, test } from "../fixtures.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const FORK = "f".repeat(40);
/** Nothing listens on port 1. */
const NOWHERE = "http://127.0.0.1:1";

function open(channels: string, channel = "nixos-25.11", patterns: readonly string[] = KNOWN_CHANNELS) {
  const clock = { now: 0 };
  const resolve = createChannelSource({
    channel,
    patterns,
    refTtlMs: 300_000,
    urls: { channels, nixpkgs: "http://nixpkgs.example/n" },
    signal: new AbortController().signal,
    now: () => clock.now,
  });
  return { clock, resolve, revision: async (tag: string) => (await resolve(tag)).revision };
}

const answers = (revisions: Readonly<Record<string, string>>) => (call: { readonly path: string | undefined }) => {
  const name = (call.path ?? "").split("/")[1] ?? "";
  return name in revisions ? { status: 200, body: `${revisions[name]}\n` } : { status: 404, body: "not found" };
};
const unknown = (tag: string, why: string) => ({ code: "MANIFEST_UNKNOWN", message: `no such tag: ${tag}; ${why}` });
const NOT_A_CHANNELS = "this commit is not one of a channel that may be asked for; ask for the channel instead";

test("latest is the configured channel's commit, as an archive", async ({ serve }) => {
  const server = await serve(answers({ "nixos-25.11": A }));
  const revision = await open(server.url).resolve("latest");
  expect(revision).toMatchObject({ revision: A, isExact: true });
  expect(await revision.fetch()).toEqual({
    kind: "tarball",
    location: `http://nixpkgs.example/n/archive/${A}.tar.gz`,
    revision: A,
  });
  expect(server.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /nixos-25.11/git-revision"]);
});

test("a tag is another channel", async ({ serve }) => {
  const { url } = await serve(answers({ "nixos-25.11": A, "nixpkgs-unstable": B }));
  expect(await open(url).revision("nixpkgs-unstable")).toBe(B);
});

test("a configured commit needs no call", async () => {
  const { revision } = open(NOWHERE, A);
  expect([await revision("latest"), await revision(A)]).toEqual([A, A]);
});

test("a channel is asked for again when the time is over, once for all who wait", async ({ serve }) => {
  const revisions = { "nixos-25.11": A };
  const server = await serve((call) => answers(revisions)(call));
  const { revision, clock } = open(server.url);
  expect(await Promise.all(["latest", "nixos-25.11", "latest"].map(revision))).toEqual([A, A, A]);
  revisions["nixos-25.11"] = B;
  clock.now = 299_999;
  expect(await revision("latest")).toBe(A);
  expect(server.calls).toHaveLength(1);
  clock.now = 300_000;
  expect(await revision("latest")).toBe(B);
  expect(server.calls).toHaveLength(2);
});

describe("a commit", () => {
  test("of the configured channel is taken, also right after a start", async ({ serve }) => {
    const { url } = await serve(answers({ "nixos-25.11": A }));
    expect(await open(url).revision(A)).toBe(A);
  });

  test("stays taken when the channel has moved on", async ({ serve }) => {
    const revisions = { "nixos-25.11": A };
    const { url } = await serve((call) => answers(revisions)(call));
    const { revision, clock } = open(url);
    await revision("latest");
    revisions["nixos-25.11"] = B;
    clock.now = 300_000;
    expect([await revision("latest"), await revision(A)]).toEqual([B, A]);
  });

  test("that the operator names is taken", async () => {
    expect(await open(NOWHERE, A, [B]).revision(B)).toBe(B);
  });

  test.for([
    ["by default", KNOWN_CHANNELS],
    ["when any name is allowed", ["*"]],
  ] as const)("of a fork is refused %s, without asking nixpkgs for it", async ([, patterns], { serve }) => {
    const server = await serve(answers({ "nixos-25.11": A }));
    const error = await rejection(open(server.url, "nixos-25.11", patterns).revision(FORK));
    expect(error).toMatchObject(unknown(FORK, NOT_A_CHANNELS));
    expect(server.calls.filter(({ path }) => path?.includes(FORK))).toEqual([]);
  });
});

describe("no such tag", () => {
  test("where there is no such channel", async ({ serve }) => {
    const { url } = await serve(answers({}));
    const error = await rejection(open(url).revision("nixos-99.99"));
    expect(error).toMatchObject(unknown("nixos-99.99", "there is no channel of that name"));
  });

  test.for(["v1", "staging", "NIXOS-25.11", "xnixos-25.11"])("where it is not allowed: %s", async (tag) => {
    const why = "the tags that may be asked for are latest, nixos-*, nixpkgs-*";
    expect(await rejection(open(NOWHERE).revision(tag))).toMatchObject(unknown(tag, why));
  });
});

describe("a channel that cannot be read", () => {
  const unreachable = {
    code: "MANIFEST_UNKNOWN",
    message: "the package source cannot be read now (channel nixos-25.11); try again later",
  };

  test.for([
    [500, A],
    [200, "<html>"],
    [200, ""],
    [200, A.toUpperCase()],
    [200, A.slice(1)],
  ] as const)("by the answer %i %j, and the log says why", async ([status, body], { serve }) => {
    const { url } = await serve(() => ({ status, body }));
    expect(await rejection(open(url).revision("latest"))).toMatchObject({
      ...unreachable,
      cause: { message: `GET ${url}/nixos-25.11/git-revision answered ${status}: ${body}` },
    });
  });

  test("where nobody listens", async () => {
    expect(await rejection(open(NOWHERE).revision("latest"))).toMatchObject(unreachable);
  });
});
