import { join } from "node:path";
import { describe, expect } from "vitest";
import { type Isolation, withoutIsolation } from "../../../origin/isolation/isolation.ts";
import { createChannelSource } from "../../../origin/sources/channel-source.ts";
import { KNOWN_CHANNELS } from "../../../origin/sources/allowed-refs.ts";
import { matching } from "../../matchers.ts";
import { rejection, test, writeTree } from "../fixtures.ts";
import { recordedIsolation } from "../isolation/recorded-isolation.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const FORK = "f".repeat(40);
/** Nothing listens on port 1. */
const NOWHERE = "http://127.0.0.1:1";

interface Store {
  readonly directory: string;
  readonly isolation: Isolation;
}

/** For tests of tags. To resolve a tag, the source needs no Nix store. */
const NO_STORE: Store = { directory: "/nowhere", isolation: withoutIsolation({ PATH: "/nowhere" }) };

function open(
  channels: string,
  channel = "nixos-25.11",
  patterns: readonly string[] = KNOWN_CHANNELS,
  store: Store = NO_STORE,
) {
  const clock = { now: 0 };
  const resolve = createChannelSource({
    channel,
    patterns,
    refTtlMs: 300_000,
    urls: { channels, nixpkgs: "http://nixpkgs.example/n" },
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
  const STORED = "/nix/store/00000000000000000000000000000000-source";
  const ARCHIVE = `http://nixpkgs.example/n/archive/${A}.tar.gz`;
  const FILE = join(import.meta.dirname, "../../../nix/fetch-tarball.nix");

  async function fetchWith(directory: string, nixInstantiate: string) {
    const program = `#!/bin/sh\n${nixInstantiate}\n`;
    await writeTree(directory, {
      "bin/nix-instantiate": { program },
      "bin/nix-store": { program: '#!/bin/sh\nln -s "$2" "$4"; echo "$4"\n' },
    });
    const env = { PATH: `${directory}/bin:/usr/bin:/bin`, TMPDIR: `${directory}/scratch` };
    const { isolation, calls } = recordedIsolation(env);
    const { resolve } = open(NOWHERE, A, KNOWN_CHANNELS, { directory: join(directory, "sources"), isolation });
    return { calls, fetch: async () => (await resolve("latest")).fetch() };
  }

  test("becomes a store path", async ({ directory }) => {
    const { fetch } = await fetchWith(directory, `echo '"${STORED}"'`);
    expect(await fetch()).toEqual({ kind: "path", location: STORED, revision: A });
  });

  test("is fetched by an expression of ours, with a network and a writable folder", async ({ directory }) => {
    const { fetch, calls } = await fetchWith(directory, `echo '"${STORED}"'`);
    await fetch();
    expect(calls[0]).toEqual({
      program: "nix-instantiate",
      args: [
        "--eval",
        "--json",
        "--read-write-mode",
        "--option",
        "connect-timeout",
        "10",
        FILE,
        "--argstr",
        "url",
        ARCHIVE,
      ],
      sight: { readable: [FILE], network: true, scratch: `${directory}/scratch` },
    });
  });

  test("is protected from the garbage collector", async ({ directory }) => {
    const { fetch, calls } = await fetchWith(directory, `echo '"${STORED}"'`);
    await fetch();
    const link = matching(`^${directory}/sources/[0-9a-f]{16}\\.revisions/${A}$`);
    expect(calls.slice(1)).toEqual([
      { program: "nix-store", args: ["--realise", STORED, "--add-root", link], sight: undefined },
    ]);
  });

  test.for([
    ["cannot be fetched", "echo 'error: HTTP error 404' >&2; exit 1", "error: HTTP error 404"],
    ["gives no store path", `echo '"/etc"'`, `fetching ${ARCHIVE} gave no store path`],
  ] as const)("that %s is an error for clients", async ([, script, message], { directory }) => {
    const { fetch } = await fetchWith(directory, script);
    expect(await rejection(fetch())).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: `the package source cannot be read now (the archive of ${A}); try again later`,
      cause: { message },
    });
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
  ] as const)("gives an error for the answer %i %j, and the log has the reason", async ([status, body], { serve }) => {
    const { url } = await serve(() => ({ status, body }));
    expect(await rejection(open(url).revision("latest"))).toMatchObject({
      ...unreachable,
      cause: { message: `GET ${url}/nixos-25.11/git-revision answered ${status}: ${body}` },
    });
  });

  test("gives an error if no server listens", async () => {
    expect(await rejection(open(NOWHERE).revision("latest"))).toMatchObject(unreachable);
  });
});
