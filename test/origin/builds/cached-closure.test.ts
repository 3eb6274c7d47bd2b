import { join } from "node:path";
import { describe, expect } from "vitest";
import { buildImage } from "../../../origin/builds/build-image.ts";
import { parseBinaryCaches } from "../../../origin/caches/settings.ts";
import { createNameIndex } from "../../../origin/index/indexed-names.ts";
import { createPacker } from "../../../origin/packing/packer.ts";
import { createTreeStore } from "../../../origin/root/tree-store.ts";
import { openCachedContext } from "../../../origin/service/open-cached-context.ts";
import { rejection, test } from "../fixtures.ts";
import { EVALUATION, NEVER, REQUEST, setUp } from "./known-image.ts";

const SUCCESS = { status: 200, body: '{"success":true}' };
const COMMIT = "c".repeat(40);

/** An origin whose index knows the package, and whose only cache answers 500. */
async function withFailingCache(directory: string, url: string) {
  const { context, manifests, recorded } = await setUp(directory, url);
  const { config, store, rootReader } = context;
  const sources = { substituters: `${url}/down`, trustedKeys: undefined, downloadSilenceS: 10, confs: [], netrc: [] };
  const settings = parseBinaryCaches(sources, []);
  if (!settings) throw new Error("there is no cache");
  const names = createNameIndex(store, { source: "starter", nix: config.nix, restrictsPath: true });
  const revision = { revision: COMMIT, isExact: true };
  await names.note(REQUEST, revision, EVALUATION);
  const packer = createPacker({ compressors: 1, compression: "gzip" });
  const spoolDirectory = join(directory, "spool");
  const trees = createTreeStore(store);
  const cached = openCachedContext({ settings, spoolDirectory, store, names, packer, rootReader, trees });
  const resolveTag = async () => ({
    ...revision,
    fetch: async () => ({ kind: "path", location: "/pkgs", revision: COMMIT }) as const,
  });
  return { context: { ...context, cached, resolveTag }, manifests, recorded };
}

describe("if the only binary cache is down", () => {
  test("Nix makes the image: its store may have the paths", async ({ directory, serve }) => {
    const server = await serve(({ path = "" }) => (path.startsWith("/down") ? { status: 500, body: "no" } : SUCCESS));
    const { context, manifests, recorded } = await withFailingCache(directory, server.url);
    const record = await buildImage(context, REQUEST, recorded.onEvent, NEVER);
    expect(record.manifests).toEqual({ oci: manifests.oci.digest, docker: manifests.docker.digest });
  });

  test("an origin without Nix says which cache it is", async ({ directory, serve }) => {
    const server = await serve(({ path = "" }) => (path.startsWith("/down") ? { status: 500, body: "no" } : SUCCESS));
    const { context, recorded } = await withFailingCache(directory, server.url);
    const error = await rejection(buildImage({ ...context, isWithoutNix: true }, REQUEST, recorded.onEvent, NEVER));
    expect(error).toMatchObject({ code: "UNAVAILABLE" });
    expect(String(error)).toContain(`git-2.51.0: the binary cache ${server.url}/down answers HTTP error 500`);
  });
});
