import { mkdtemp, readFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { objectOf, textAt } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { type RegistryOfSet, startRegistryOfSet } from "./previous-release/registry-of-set.ts";
import { loadState } from "./previous-release/stored-state.ts";
import { output } from "./program.ts";
import { checkStores, readStored } from "./stored-objects.ts";
import { anything, listContaining } from "../matchers.ts";

/** What release 0.1.0 has left in R2 and KV. */
const STATE = join(import.meta.dirname, "previous-release/state-0.1.0.json.gz");

let directory: string;
let registry: RegistryOfSet;
/** The images that the previous release has served, by name. */
const digests = new Map<string, string>();

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-upgrade-"));
  registry = await startRegistryOfSet(directory);
  await loadState(registry, await readFile(STATE));
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

function ask(path: string): Promise<Response> {
  return fetch(`${registry.url}/v2/${path}`, { headers: { Accept: MEDIA_TYPES.oci.manifest } });
}

/** skopeo compares each blob with its digest. */
async function copies(name: string): Promise<void> {
  const source = `docker://${registry.url.replace("http://", "")}/${name}`;
  await output("skopeo", ["copy", "--src-tls-verify=false", source, `oci:${directory}/${name.replaceAll("/", "-")}`]);
}

test("an image of the previous release is served without an origin, with all that stands beside it", async () => {
  for (const name of ["hello", "world", "large", "hello/world"]) {
    const answer = await ask(`${name}/manifests/latest`);
    expect([name, answer.status, answer.headers.get("Cornice-Cache")]).toEqual([name, 200, "kv"]);
    const digest = answer.headers.get("Docker-Content-Digest") ?? "";
    digests.set(name, digest);
    const referrers = objectOf(await (await ask(`${name}/referrers/${digest}`)).text());
    expect([name, referrers["manifests"]]).toEqual([name, listContaining([anything()])]);
  }
  await copies("hello/world");
});

test("the edge puts a new combination together from the previous release's bundles, without an origin", async () => {
  const answer = await ask("hello/large/world/manifests/latest");
  expect([answer.status, answer.headers.get("Cornice-Cache")]).toEqual([200, "edge"]);
  await copies("hello/large/world");
});

test("the page shows what is in an image, and lists the packages", async () => {
  const info = objectOf(await (await fetch(`${registry.url}/api/images/hello`)).text());
  expect(textAt(info, "built", "contents", "packages", "0", "attribute")).toBe("hello");
  expect(await (await fetch(`${registry.url}/api/packages`)).text()).toContain('"later"');
});

test("an origin of this release finds the same images, and adds to the layers of the previous one", async () => {
  const before = objectOf(String(await readStored(registry.r2, "layer-list")));
  const origin = await registry.origin("upgraded");
  try {
    const answer = await ask("large/later/manifests/latest");
    expect([answer.status, answer.headers.get("Cornice-Cache")]).toEqual([200, "build"]);
    await copies("large/later");
    expect(objectOf(String(await readStored(registry.r2, "layer-list")))["store"]).toBe(before["store"]);
    for (const [name, digest] of digests) {
      const request = { source: "test", tag: "latest", architecture: "amd64", packages: name.split("/") } as const;
      const events = await Array.fromAsync(origin.build(request));
      expect([name, events.at(-1)]).toMatchObject([name, { event: "image", manifests: { oci: digest } }]);
    }
  } finally {
    await origin.kill();
  }
  expect((await checkStores(registry.r2, registry.kv)).broken).toEqual([]);
});
