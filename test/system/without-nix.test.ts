import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArchitecture } from "../../origin/nix/system.ts";
import type { BuildEvent } from "../../protocol/build-events.ts";
import { type StandIn, startStandIn } from "../stand-in/server.ts";
import { BUILT_HERE, type CachedSet, cachedSet } from "./cached-set.ts";
import { type LocalDeployment, startDeployment } from "./local-deployment.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { output, processesWith } from "./program.ts";
import { REPOSITORY } from "./registry.ts";

let set: CachedSet;
let server: StandIn;
let deployment: LocalDeployment;

beforeAll(async () => {
  set = await cachedSet({ compression: "xz" });
  server = await startStandIn({ cache: set.cache.folder });
  deployment = await startDeployment(join(set.directory, "state"), {});
});

afterAll(async () => {
  await server.stop();
  await deployment.stop();
  await set[Symbol.asyncDispose]();
});

/** The settings of an origin with caches that have these faults. */
function withCaches(...faults: readonly string[]): Record<string, string> {
  const addresses = faults.map((fault, index) => `${server.cacheUrl(fault)}?priority=${index + 1}`);
  return { CORNICE_NIX_SUBSTITUTERS: addresses.join(" "), CORNICE_NIX_TRUSTED_KEYS: set.cache.publicKey };
}

/** An origin of its own, with an empty spool. */
async function origin(settings: Readonly<Record<string, string>>): Promise<OriginProcess & AsyncDisposable> {
  const spool = await mkdtemp(join(set.directory, "origin-"));
  const own = { CORNICE_SPOOL_DIR: join(spool, "spool"), CORNICE_KEPT_MIB: "0" };
  const started = await startOrigin({ ...deployment.env, ...set.env, ...own, ...settings });
  return { ...started, [Symbol.asyncDispose]: () => started.kill() };
}

async function build(process: OriginProcess, ...packages: readonly string[]) {
  const events: BuildEvent[] = [];
  const request = { source: "test", tag: "latest", architecture: hostArchitecture(), packages };
  for await (const event of process.build(request)) events.push(event);
  const last = events.at(-1);
  return {
    events,
    digest: last?.event === "image" ? last.manifests.oci : undefined,
    message: last?.event === "error" ? last.message : "",
    layers: events.flatMap((event) => (event.event === "layer" ? [event] : [])),
  };
}

const nars = () => server.counts.get("nar")?.requests ?? 0;

/** Writes the index of the set's names, with Nix. */
async function writeIndex(): Promise<void> {
  await output(join(REPOSITORY, "bin/cornice"), ["index"], {
    env: { ...process.env, ...deployment.env, ...set.env, ...withCaches("ok") },
  });
}

describe("an image whose store paths are in a binary cache", () => {
  it("is packed from archives, without a build and without a path in the store", async () => {
    await writeIndex();
    await using process = await origin(withCaches("ok"));
    const { digest, message, events } = await build(process, "gamma");
    expect([message, digest]).toEqual(["", expect.stringMatching(/^sha256:/)]);
    expect(events).not.toContainEqual(expect.objectContaining({ work: "build" }));
    expect(await processesWith(set.directory + "/set")).toEqual([]);
  });
});
