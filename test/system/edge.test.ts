import { randomUUID } from "node:crypto";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { createBuilder } from "../../origin/service/builder.ts";
import { parseBuilderConfig } from "../../origin/service/config.ts";
import { createDiskStore } from "../../origin/stores/disk-store.ts";
import { parseImageName } from "../../protocol/image-name.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { storedTagKey, tagKey } from "../../protocol/storage-keys.ts";
import { parseTagRecord, type TagRecord } from "../../protocol/tag-record.ts";
import { freePort } from "../../start/machine/ports.ts";
import { listAt, objectOf, textAt } from "../json.ts";
import { containing, matching } from "../matchers.ts";
import { until } from "../origin/fixtures.ts";
import { removeFolder } from "../remove-folder.ts";
import { type LocalDeployment, startDeployment } from "./local-deployment.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { output, run } from "./program.ts";
import { ALWAYS, combinations, PULLED_ALONE, REVISION, severalPackages } from "./several-packages.ts";
import { checkStores, listStored, readStored } from "./stored-objects.ts";

/** Eight packages have 247 combinations. */
const CLIENTS = 200;
/** Shorter than the time that Workers and objects remember an outage or a missing record. */
const POLL_MS = 100;

let directory: string;
let packages: Readonly<Record<string, string>>;
let originPort: string;
let origin: OriginProcess;
let deployment: LocalDeployment;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-at-edge-"));
  packages = await severalPackages(directory);
  originPort = String(await freePort());
  deployment = await startDeployment(join(directory, "state"), {
    ORIGIN_URL: `http://127.0.0.1:${originPort}`,
    REVALIDATE_TOP: "0",
  });
  origin = await startOriginOf("first");
  for (const name of PULLED_ALONE) expect([name, (await askFor(name)).status]).toEqual([name, 200]);
  const expected = PULLED_ALONE.length + ALWAYS.length;
  await until(async () => (await listStored(deployment.r2, "bundles/")).length === expected);
  await origin.kill();
});

afterAll(async () => {
  await origin.kill();
  await deployment.stop();
  await removeFolder(directory);
});

/** An origin with an empty disk, behind the Worker. */
function startOriginOf(name: string): Promise<OriginProcess> {
  const own = { CORNICE_SPOOL_DIR: join(directory, name, "spool"), CORNICE_ORIGIN_PORT: originPort };
  return startOrigin({ ...deployment.env, ...packages, ...own });
}

function askFor(name: string, accept = MEDIA_TYPES.oci.manifest): Promise<Response> {
  return fetch(`${deployment.url}/v2/${name}/manifests/latest`, { headers: { Accept: accept } });
}

function requestOf(name: string): ImageRequest {
  const { architecture = hostArchitecture(), ...asked } = parseImageName(name, 64);
  return { source: "test", tag: "latest", architecture, ...asked };
}

/** The image that an origin makes with an empty bucket, out of the same package set. */
async function madeAlone(name: string): Promise<TagRecord> {
  const folder = await mkdtemp(join(directory, "alone-"));
  const settings = { ...packages, CORNICE_SPOOL_DIR: join(folder, "spool") };
  const builder = await createBuilder({
    config: parseBuilderConfig(settings, 2),
    env: { PATH: "/usr/bin:/bin", HOME: folder },
    store: createDiskStore(join(folder, "store")),
    index: { put: async () => {} },
  });
  try {
    return await builder.build(requestOf(name), () => {});
  } finally {
    await builder.close(new Error("the image is built"));
  }
}

describe("while the origin is stopped, a combination of packages that were pulled alone", () => {
  it.each(["hello/large", "hello/tools", "shell/hello", "shell/hello/large/tools/world"])(
    "is pulled, and is the image that an origin makes alone: %s",
    async (name) => {
      const oci = await askFor(name);
      expect([oci.status, oci.headers.get("Cornice-Cache")]).toEqual([200, "edge"]);
      expect(oci.headers.get("Server-Timing")).toMatch(
        /, edge;dur=\d+, edge-wait;dur=\d+, edge-tag;dur=\d+, edge-names;dur=\d+, edge-bundles;dur=\d+, edge-assemble;dur=\d+, edge-write;dur=\d+$/,
      );
      const docker = await askFor(name, MEDIA_TYPES.docker.manifest);
      expect([docker.status, docker.headers.get("Content-Type")]).toEqual([200, MEDIA_TYPES.docker.manifest]);
      const digests = [oci, docker].map(({ headers }) => headers.get("Docker-Content-Digest"));
      const { manifests } = await madeAlone(name);
      expect(digests).toEqual([manifests.oci, manifests.docker]);
      await skopeoCopies(name);
    },
  );

  /** skopeo compares each blob with its digest. */
  async function skopeoCopies(name: string): Promise<void> {
    const source = `docker://${deployment.url.replace("http://", "")}/${name}`;
    for (const [format, target] of [
      ["oci", `oci:${directory}/${randomUUID()}`],
      ["v2s2", `dir:${directory}/${randomUUID()}`],
    ] as const)
      await output("skopeo", ["copy", "--src-tls-verify=false", "--format", format, source, target]);
  }

  it("is found in KV and in R2 under its tag afterwards, and both say when the origin looked the tag up", async () => {
    const request = requestOf("large/world");
    expect((await askFor("large/world")).headers.get("Cornice-Cache")).toBe("edge");
    const stored = async () => [
      (await readStored(deployment.r2, await storedTagKey(request)))?.toString(),
      await readKvValue(await tagKey(request)),
    ];
    await until(async () => (await stored()).every((text) => text !== undefined));
    const [inR2, inKv] = (await stored()).map((text) => parseTagRecord(JSON.parse(text ?? "")));
    expect(inR2).toMatchObject({ revision: REVISION });
    expect(inKv).toEqual(inR2);
    expect((await askFor("large/world")).headers.get("Cornice-Cache")).toMatch(/^(memory|kv|r2)$/);
  });

  it("has a page that tells the steps, as text and as JSON", async () => {
    const path = await orderBuild("hello/world");
    await until(async () => (await readPage(path)).includes("built: sha256:"));
    expect(await readPage(path)).toMatch(
      /^hello\/world:latest\nended after .* s\n\nput together at the edge\n\n(.+ \d+ ms\n){6}\nbuilt: sha256:/,
    );
    const state = objectOf(await (await fetch(`${deployment.url}/api${path}`)).text());
    expect(listAt(state, "edge").map((step) => textAt(step, "step"))).toEqual([
      "wait",
      "tag",
      "names",
      "bundles",
      "assemble",
      "write",
    ]);
  });

  /** Returns the path of the build's page. */
  async function orderBuild(name: string): Promise<string> {
    const ordered = await fetch(`${deployment.url}/api/builds`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name, tag: "latest" }),
    });
    expect(ordered.status).toBe(202);
    return ordered.headers.get("Location") ?? "";
  }

  async function readPage(path: string): Promise<string> {
    return (await fetch(`${deployment.url}${path}`, { headers: { Accept: "*/*", "User-Agent": "curl/8.5.0" } })).text();
  }

  it(`is pulled by ${CLIENTS} clients at once, each with another combination`, async () => {
    const names = combinations(PULLED_ALONE).slice(0, CLIENTS);
    expect(names).toHaveLength(CLIENTS);
    const answers = await Promise.all(names.map((name) => askFor(name)));
    const statuses = answers.map(({ status, headers }) => [status, headers.get("Cornice-Cache")]);
    expect(statuses).toEqual(names.map(() => [200, matching(/^(edge|memory|kv|r2)$/)]));
  });

  it.each([
    ["an unknown name", "hello/nosuch"],
    ["a package that nobody has pulled", "7zz/hello"],
  ])("and with %s waits for the origin", async (_, name) => {
    const outage = await askFor(name);
    expect([outage.status, await outage.text()]).toEqual([503, containing("the build service is not reachable")]);
  });
});

async function readKvValue(key: string): Promise<string | undefined> {
  const { kv } = deployment;
  const url = `${kv.apiUrl}/storage/kv/namespaces/${kv.namespaceId}/values/${encodeURIComponent(key)}`;
  const response = await fetch(url, { headers: { Authorization: `Bearer ${kv.apiToken}` } });
  return response.ok ? response.text() : undefined;
}

describe("when the origin is up again", () => {
  beforeAll(async () => {
    origin = await startOriginOf("second");
  });

  it("an unknown name gets the origin's words, and a new package is built", async () => {
    const unknown = await untilNotDown("hello/nosuch");
    expect([unknown.status, await unknown.text()]).toEqual([404, containing("nosuch")]);
    const built = await untilNotDown("7zz/hello");
    expect([built.status, built.headers.get("Cornice-Cache")]).toEqual([200, "build"]);
  });

  /** An object remembers an outage for some seconds. */
  async function untilNotDown(name: string): Promise<Response> {
    let response = await askFor(name);
    while (response.status === 503) {
      await setTimeout(POLL_MS);
      response = await askFor(name);
    }
    return response;
  }

  it("its look-up of an image of the edge builds nothing, and gives the same image", async () => {
    const name = "hello/large";
    const digest = (await askFor(name)).headers.get("Docker-Content-Digest");
    const events = await Array.fromAsync(origin.build(requestOf(name)));
    expect(events.at(-1)).toMatchObject({ event: "image", revision: REVISION, manifests: { oci: digest } });
    const work = events.filter(({ event }) => event === "layer" || event === "work" || event === "log");
    expect(work).toEqual([]);
    const phases = events.flatMap((event) => (event.event === "phase" ? [event.phase] : []));
    expect(phases).toEqual(["resolve", "publish"]);
  });

  it("no store has half an image", async () => {
    expect(await checkStores(deployment.r2, deployment.kv)).toMatchObject({ broken: [] });
  });
});

it("skopeo prints the outage for an image that the edge cannot make", async () => {
  await origin.kill();
  const source = `docker://${deployment.url.replace("http://", "")}/images/web`;
  const { code, stderr } = await run("skopeo", ["copy", "--src-tls-verify=false", source, `oci:${directory}/none`]);
  expect(code).not.toBe(0);
  expect(stderr).toContain("the build service is not reachable");
});
