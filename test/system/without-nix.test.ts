import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { isThere } from "../../origin/system/path-exists.ts";
import type { BuildEvent } from "../../protocol/build-events.ts";
import { type StandIn, startStandIn } from "../stand-in/server.ts";
import { BUILT_HERE, type CachedSet, cachedSet } from "./cached-set.ts";
import { type LocalDeployment, startDeployment } from "./local-deployment.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { output } from "./program.ts";
import { REPOSITORY } from "./registry.ts";

let set: CachedSet;
let server: StandIn;
let deployment: LocalDeployment;

beforeAll(async () => {
  set = await cachedSet({ compression: "xz" });
  server = await startStandIn({ cache: set.cache.folder });
  deployment = await startDeployment(join(set.directory, "state"), {});
  // With Nix. All later origins have none, unless a test says so.
  await output(join(REPOSITORY, "bin/cornice"), ["index"], {
    env: { ...process.env, ...deployment.env, ...set.env, ...withCaches("ok") },
  });
});

afterAll(async () => {
  await server.stop();
  await deployment.stop();
  await set[Symbol.asyncDispose]();
});

/** Settings for caches with these faults, in the order of their priorities. */
function withCaches(...faults: readonly string[]): Record<string, string> {
  const addresses = faults.map((fault, index) => `${server.cacheUrl(fault)}?priority=${index + 1}`);
  return { CORNICE_NIX_SUBSTITUTERS: addresses.join(" "), CORNICE_NIX_TRUSTED_KEYS: set.cache.publicKey };
}

type Origin = OriginProcess & AsyncDisposable;

/** An origin with an empty disk. Without a PATH, it finds no Nix. */
async function originWithoutNix(settings: Readonly<Record<string, string>>): Promise<Origin> {
  return originWith({ PATH: "", ...settings });
}

async function originWith(settings: Readonly<Record<string, string>>): Promise<Origin> {
  const folder = await mkdtemp(join(set.directory, "origin-"));
  const own = { CORNICE_SPOOL_DIR: join(folder, "spool"), CORNICE_KEPT_MIB: "0" };
  const started = await startOrigin({ ...deployment.env, ...set.env, ...own, ...settings });
  return { ...started, [Symbol.asyncDispose]: () => started.kill() };
}

async function build(process: OriginProcess, ...packages: readonly string[]) {
  const events: BuildEvent[] = [];
  const request = { source: "test", tag: "latest", architecture: hostArchitecture(), packages: packages.toSorted() };
  for await (const event of process.build(request)) events.push(event);
  const last = events.at(-1);
  return {
    events,
    digest: last?.event === "image" ? last.manifests.oci : undefined,
    message: last?.event === "error" ? last.message : "",
    newLayers: events.filter((event) => event.event === "layer" && !event.known).length,
  };
}

const archives = () => server.counts.get("nar")?.requests ?? 0;

describe("an origin without Nix", () => {
  it("makes an image from archives, and tells what arrives", async () => {
    await using origin = await originWithoutNix(withCaches("ok"));
    const { digest, message, events } = await build(origin, "gamma");
    expect([message, digest]).toEqual(["", expect.stringMatching(/^sha256:/)]);
    const names = events.flatMap((event) => (event.event === "work" && event.state === "ended" ? event.name : []));
    expect(names.toSorted()).toEqual(["alpha", "common-lib", "gamma", "iana-etc"]);
    const bytes = events.flatMap((event) => (event.event === "download" ? event : []));
    expect(bytes.at(-1)).toMatchObject({ done: bytes.at(-1)?.total });
    expect(origin.log()).toContain("there is no Nix on this machine");
    expect(await Promise.all(set.cache.paths.map(isThere))).not.toContain(true);
  });

  it("makes a new combination of packed packages without any archive", async () => {
    // Bundles read archives behind the answer, so at any time.
    await using first = await originWithoutNix({ ...withCaches("ok"), CORNICE_BUNDLES: "off" });
    await build(first, "beta");
    const before = archives();
    await using second = await originWithoutNix({ ...withCaches("ok"), CORNICE_BUNDLES: "off" });
    const { message, newLayers } = await build(second, "beta", "gamma");
    expect([message, archives() - before]).toEqual(["", 0]);
    // The root.
    expect(newLayers).toBe(1);
  });

  it("refuses names in the words of an evaluation", async () => {
    await using origin = await originWithoutNix(withCaches("ok"));
    expect((await build(origin, "gama")).message).toBe("no such package: gama; did you mean gamma?");
    expect((await build(origin, "refused")).message).toContain("refused was removed; use alpha");
  });

  it("says why it cannot make an image that needs a build", async () => {
    await using origin = await originWithoutNix(withCaches("ok"));
    expect((await build(origin, BUILT_HERE)).message).toBe(
      `this build service has no Nix and builds nothing: no binary cache has ${BUILT_HERE} with all that it needs`,
    );
  });

  it("is ready", async () => {
    await using origin = await originWithoutNix(withCaches("ok"));
    const answer = await fetch(`${origin.url}/readyz`);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/^ready/)]);
  });
});

describe("an origin with Nix", () => {
  it("builds what no cache has, and takes the rest of the image from the cache", async () => {
    await using origin = await originWith(withCaches("ok"));
    const { digest, message, events } = await build(origin, BUILT_HERE, "beta");
    expect([message, digest]).toEqual(["", expect.stringMatching(/^sha256:/)]);
    const built = events.flatMap((event) => (event.event === "work" && event.work === "build" ? event.name : []));
    expect([...new Set(built)]).toEqual([BUILT_HERE]);
    const beta = set.cache.paths.find((path) => path.endsWith("-beta")) ?? "";
    expect(await isThere(beta)).toBe(false);
  });

  it("lets an origin without Nix make new combinations with what it has built", async () => {
    await using origin = await originWithoutNix(withCaches("narinfo404"));
    const { digest, message, newLayers } = await build(origin, BUILT_HERE, "gamma");
    expect([message, digest]).toEqual(["", expect.stringMatching(/^sha256:/)]);
    // The root.
    expect(newLayers).toBe(1);
  });

  it("makes the same bytes from its store", async () => {
    await using cached = await originWithoutNix(withCaches("ok"));
    const expected = await build(cached, "alpha", "beta");
    const from = ["--from", `file://${set.cache.folder}`, "--no-check-sigs"];
    await output("nix", ["--extra-experimental-features", "nix-command", "copy", ...from, ...set.cache.paths]);
    await using local = await originWith({ CORNICE_NIX_SUBSTITUTERS: "", CORNICE_SOURCE_REVISION: "r2" });
    expect((await build(local, "alpha", "beta")).digest).toBe(expected.digest);
  });
});
