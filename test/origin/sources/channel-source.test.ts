import { describe, expect } from "vitest";
import { type Isolation, withoutIsolation } from "../../../origin/isolation/isolation.ts";
import { createChannelSource } from "../../../origin/sources/channel-source.ts";
import { KNOWN_CHANNELS } from "../../../origin/sources/allowed-refs.ts";
import { rejection, test } from "../fixtures.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const FORK = "f".repeat(40);
/** Nothing listens on port 1. */
const NOWHERE = "http://127.0.0.1:1";

interface Store {
  readonly directory: string;
  readonly isolation: Isolation;
  /** The server of archives. */
  readonly nixpkgs: string;
}

/** For tests of tags. To resolve a tag, the source needs no Nix store. */
const NO_STORE: Store = { directory: "/nowhere", isolation: withoutIsolation({ PATH: "/nowhere" }), nixpkgs: NOWHERE };

function open(
  channels: string,
  channel = "nixos-25.11",
  patterns: readonly string[] = KNOWN_CHANNELS,
  { nixpkgs, ...store }: Store = NO_STORE,
) {
  const clock = { now: 0 };
  const resolve = createChannelSource({
    channel,
    patterns,
    refTtlMs: 300_000,
    maxBytes: 1_000_000,
    silenceMs: 1000,
    urls: { channels, nixpkgs },
    ...store,
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
const NOT_A_CHANNELS = "this commit is not from an allowed channel; use the name of a channel as the tag instead";

test("latest is the configured channel's commit", async ({ serve }) => {
  const server = await serve(answers({ "nixos-25.11": A }));
  expect(await open(server.url).resolve("latest")).toMatchObject({ revision: A, isExact: true });
  expect(server.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /nixos-25.11/git-revision"]);
});

describe("the archive of a commit", () => {
  test("that the server does not have is an outage", async ({ serve, directory }) => {
    const server = await serve(() => ({ status: 404, body: "not found" }));
    const isolation = withoutIsolation({ PATH: "/nowhere" });
    const { resolve } = open(NOWHERE, A, KNOWN_CHANNELS, { directory, isolation, nixpkgs: server.url });
    expect(await rejection((await resolve("latest")).fetch())).toMatchObject({
      code: "UNAVAILABLE",
      message: `the package source cannot be read now (the archive of ${A}: the server does not have it); try again later`,
    });
    expect(server.calls.map(({ path }) => path)).toEqual([`/archive/${A}.tar.gz`]);
  });
});

test("a tag can be another channel", async ({ serve }) => {
  const { url } = await serve(answers({ "nixos-25.11": A, "nixpkgs-unstable": B }));
  expect(await open(url).revision("nixpkgs-unstable")).toBe(B);
});

test("a configured commit needs no call", async () => {
  const { revision } = open(NOWHERE, A);
  expect([await revision("latest"), await revision(A)]).toEqual([A, A]);
});

test("a channel is read again after the time is over, once for all callers", async ({ serve }) => {
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
  test("of the configured channel is accepted, also directly after a start", async ({ serve }) => {
    const { url } = await serve(answers({ "nixos-25.11": A }));
    expect(await open(url).revision(A)).toBe(A);
  });

  test("stays accepted after the channel has changed", async ({ serve }) => {
    const revisions = { "nixos-25.11": A };
    const { url } = await serve((call) => answers(revisions)(call));
    const { revision, clock } = open(url);
    await revision("latest");
    revisions["nixos-25.11"] = B;
    clock.now = 300_000;
    expect([await revision("latest"), await revision(A)]).toEqual([B, A]);
  });

  test("that the operator names is accepted", async () => {
    expect(await open(NOWHERE, A, [B]).revision(B)).toBe(B);
  });

  test.for([
    ["by default", KNOWN_CHANNELS],
    ["if any name is allowed", ["*"]],
  ] as const)("of a fork is refused %s, without asking nixpkgs for it", async ([, patterns], { serve }) => {
    const server = await serve(answers({ "nixos-25.11": A }));
    const error = await rejection(open(server.url, "nixos-25.11", patterns).revision(FORK));
    expect(error).toMatchObject(unknown(FORK, NOT_A_CHANNELS));
    expect(server.calls.filter(({ path }) => path?.includes(FORK))).toEqual([]);
  });
});

describe("a tag is unknown", () => {
  test("if the channel does not exist", async ({ serve }) => {
    const { url } = await serve(answers({}));
    const error = await rejection(open(url).revision("nixos-99.99"));
    expect(error).toMatchObject(unknown("nixos-99.99", "there is no channel with this name"));
  });

  test.for(["v1", "staging", "NIXOS-25.11", "xnixos-25.11"])("if it is not allowed: %s", async (tag) => {
    const why = "the allowed tags are latest, nixos-*, nixpkgs-*";
    expect(await rejection(open(NOWHERE).revision(tag))).toMatchObject(unknown(tag, why));
  });
});

describe("a channel that cannot be read is an outage", () => {
  const unreachable = (reason: string) => ({
    code: "UNAVAILABLE",
    message: `the package source cannot be read now (channel nixos-25.11: ${reason}); try again later`,
  });

  test.for([
    [500, A, "the server answered 500"],
    [200, "<html>", "its revision file has no commit"],
    [200, "", "its revision file has no commit"],
    [200, A.toUpperCase(), "its revision file has no commit"],
    [200, A.slice(1), "its revision file has no commit"],
    [200, "x".repeat(70_000), "the server sends more than 65536 bytes"],
  ] as const)("for the answer %i %j", async ([status, body, reason], { serve }) => {
    const { url } = await serve(() => ({ status, body }));
    expect(await rejection(open(url).revision("latest"))).toMatchObject(unreachable(reason));
  });

  test("if no server listens", async () => {
    const expected = unreachable("the server cannot be reached");
    expect(await rejection(open(NOWHERE).revision("latest"))).toMatchObject(expected);
  });
});
