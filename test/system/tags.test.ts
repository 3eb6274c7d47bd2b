import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRepository } from "../origin/sources/git-repository.ts";
import { removeFolder } from "../remove-folder.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { derivation } from "./source-pull.ts";

const FRESHNESS_MS = 1000;

let directory: string;
let registry: Registry;
let first: string;
let fork: string;
let commitToMain: (text: string) => Promise<string>;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-tags-"));
  const repository = await createRepository(directory);
  const set = (text: string) => ({ "default.nix": `{ hello = ${derivation("hello", `"${text} ${directory}"`)}; }` });
  first = await repository.commit(set("one"), "main");
  await repository.git("update-ref", "refs/heads/stable", first);
  await repository.commit(set("two"), "main");
  fork = await repository.commit(set("fork"));
  commitToMain = (text) => repository.commit(set(text), "main");
  registry = await startRegistry({
    stateDirectory: join(directory, "state"),
    env: {
      CORNICE_PKGS_REPO: repository.url,
      CORNICE_ALLOWED_REFS: "main stable",
      CORNICE_REF_TTL: String(FRESHNESS_MS / 1000),
      CORNICE_NIX_SANDBOX: "false",
      CORNICE_NIX_SUBSTITUTERS: "",
    },
  });
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

function pull(tag: string): Promise<Response> {
  return fetch(`http://${registry.host}/v2/hello/manifests/${tag}`);
}

it("a tag picks the revision, and tags of one revision are one image, evaluated once", async () => {
  const digests: (string | null)[] = [];
  for (const tag of ["latest", "main", "stable", first]) {
    const response = await pull(tag);
    expect(response.status).toBe(200);
    digests.push(response.headers.get("Docker-Content-Digest"));
  }
  const [latest, main, stable, commit] = digests;
  expect([main, commit]).toEqual([latest, stable]);
  expect(stable).not.toBe(latest);
  expect(registry.log().match(/built in/g)).toHaveLength(4);
  expect(registry.log().match(/built in .*evaluate/g)).toHaveLength(2);
});

it("a tag that does not exist or is not allowed gives 404 and the reason", async () => {
  const refusals = [
    ["v9", "no such tag: v9; the allowed tags are latest, main, stable"],
    [fork, `no such tag: ${fork}; this commit is not on an allowed branch or tag of the package source`],
  ] as const;
  for (const [tag, message] of refusals) {
    const response = await pull(tag);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ errors: [{ code: "MANIFEST_UNKNOWN", message }] });
  }
});

it("a tag moves with its branch, in the background of the first request", async () => {
  const digestOf = async (tag: string) => (await pull(tag)).headers.get("Docker-Content-Digest");
  const before = await digestOf("main");
  const commit = await commitToMain("three");
  // After this time, the revision from the first pull is stale.
  await setTimeout(FRESHNESS_MS + 1000);
  expect(await digestOf("main")).toBe(before);
  const moved = await digestOf(commit);
  expect(moved).not.toBe(before);
  // An isolate looks a tag up at most once a minute. It may have done so for the first pull here.
  await expect.poll(() => digestOf("main"), { timeout: 90_000 }).toBe(moved);
  expect((await pull("main")).headers.get("Cornice-Cache")).toBe("memory");
});
