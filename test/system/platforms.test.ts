import { createHash } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { LIST_MEDIA_TYPES, MEDIA_TYPES } from "../../protocol/media-types.ts";
import { listAt, memberAt, objectOf, textAt } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { type Containerd, startContainerd, startNewerContainerd } from "./containerd.ts";
import { unpackDebian13 } from "./debian-13.ts";
import { type DockerEngine, startDockerEngine, startNewerDockerEngine } from "./docker-engine.ts";
import { FOREIGN, runForeign, unpackImage } from "./foreign-programs.ts";
import { createPodman } from "./podman.ts";
import { output } from "./program.ts";
import { type Registry, startRegistry } from "./registry.ts";

// One name stands for the images of both architectures. Each client gets its own.

const HOST = hostArchitecture();
const PROGRAM = ["jq", "-n", "1 + 1"];
const PLATFORMS = ["linux/amd64", "linux/arm64"];

let directory: string;
let registry: Registry;
/** The image's name in the registry. */
let image: string;
/** The digest of the OCI index. */
let index: string;
/** The digests of the images in it, by architecture. */
let images: ReadonlyMap<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-platforms-"));
  const env = { CORNICE_PLATFORMS: "amd64 arm64" };
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
  image = `${registry.host}/jq`;
  const { body, digest } = await manifest(LIST_MEDIA_TYPES.oci);
  index = digest;
  images = new Map(
    platformsOf(body).map((entry) => [textAt(entry, "platform", "architecture"), textAt(entry, "digest")]),
  );
});

afterAll(async () => {
  await registry?.stop();
  if (directory) await removeFolder(directory);
});

async function manifest(accept: string, name = "jq") {
  const response = await fetch(`http://${registry.host}/v2/${name}/manifests/latest`, { headers: { accept } });
  const text = await response.text();
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  expect(response.headers.get("docker-content-digest")).toBe(digest);
  return { type: response.headers.get("content-type"), text, body: objectOf(text), digest, headers: response.headers };
}

/** The entries of a list, without attestations. */
function platformsOf(list: unknown) {
  return listAt(list, "manifests").filter((entry) => textAt(entry, "platform", "os") === "linux");
}

describe("the registry's answer", () => {
  test.each([LIST_MEDIA_TYPES.oci, LIST_MEDIA_TYPES.docker])(
    "is a list of both for clients that take %s",
    async (type) => {
      const list = await manifest(type);
      expect(list.type).toBe(type);
      const found = platformsOf(list.body).map((entry) => textAt(entry, "platform", "architecture"));
      expect(found).toEqual(["amd64", "arm64"]);
    },
  );

  test.each([MEDIA_TYPES.oci.manifest, MEDIA_TYPES.docker.manifest])(
    "is the image of this machine's architecture for clients that take %s alone",
    async (type) => {
      const single = await manifest(type);
      const chosen = await manifest(type, `${HOST}/jq`);
      expect([single.type, single.digest]).toEqual([type, chosen.digest]);
    },
  );

  test.each(["amd64", "arm64"])("for the name with %s is the manifest that the index names", async (architecture) => {
    const { digest } = await manifest(MEDIA_TYPES.oci.manifest, `${architecture}/jq`);
    expect(digest).toBe(images.get(architecture));
  });

  test("leaves out an architecture that lacks a package, and says why", async () => {
    const { body, headers } = await manifest(LIST_MEDIA_TYPES.oci, "graphviz");
    expect(platformsOf(body).map((entry) => textAt(entry, "platform", "architecture"))).toEqual([HOST]);
    const reason = `graphviz is not available for ${FOREIGN}`;
    expect(textAt(body, "annotations", `cornice.left-out.${FOREIGN}`)).toContain(reason);
    expect(headers.get("warning")).toContain(reason);
  });
});

describe.each([
  ["Docker's own store", startDockerEngine],
  ["containerd's store", startNewerDockerEngine],
] as const)("a Docker Engine with %s", (_, start) => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine?.stop());

  test("pulls and runs its own image", async () => {
    expect(await engine.docker("pull", image)).toContain(index);
    expect(await engine.docker("run", "--rm", "--network", "none", image, ...PROGRAM)).toBe("2\n");
  });

  test("pulls the image of the other architecture if it is asked to", async () => {
    await engine.docker("pull", "--quiet", "--platform", `linux/${FOREIGN}`, image);
    // Debian's engines cannot inspect one platform of several. An archive has the configs of all that are there.
    const archive = join(directory, "saved.tar");
    await engine.docker("save", "--output", archive, image);
    const { body } = await manifest(MEDIA_TYPES.oci.manifest, `${FOREIGN}/jq`);
    const config = textAt(body, "config", "digest").replace("sha256:", "");
    expect(await output("tar", ["-tf", archive])).toContain(config);
  });
});

describe.each([
  ["of Debian 12", startContainerd],
  ["of Debian 13", startNewerContainerd],
] as const)("the containerd %s", (_, start) => {
  let containerd: Containerd;
  beforeAll(async () => {
    containerd = await start();
  });
  afterAll(() => containerd?.stop());

  test("pulls and runs its own image", async () => {
    expect(await containerd.pull(`${image}:latest`)).toMatchObject({ code: 0 });
    expect(await containerd.runContainer(`${image}:latest`, [], PROGRAM)).toBe("2\n");
  });

  test.each(PLATFORMS)("pulls the image of %s by the same index", async (platform) => {
    expect(await containerd.pullPlatform(`${image}:latest`, platform)).toMatchObject({ code: 0 });
    const line = (await containerd.list()).split("\n").find((each) => each.includes(`${image}:latest`));
    expect(line).toContain(index);
    expect(line).toContain(platform);
  });
});

test("podman pulls each architecture, and runs its own", async () => {
  const podman = await createPodman();
  try {
    for (const architecture of [FOREIGN, HOST]) {
      expect(await podman.pullArchitecture(image, architecture)).toMatchObject({ code: 0 });
      expect(await podman.architecture(image)).toBe(architecture);
    }
    expect(await podman.pull(image)).toMatchObject({ code: 0 });
    expect(await podman.runContainer(image, [], PROGRAM)).toBe("2\n");
  } finally {
    await podman.remove();
  }
});

describe("skopeo", () => {
  const skopeo = (...args: readonly string[]) => output("skopeo", args);
  const source = () => `docker://${image}`;

  test("reads the bytes of the index", async () => {
    const raw = await skopeo("inspect", "--raw", "--tls-verify=false", source());
    expect(`sha256:${createHash("sha256").update(raw).digest("hex")}`).toBe(index);
  });

  test("copies all that the index names", async () => {
    const target = join(directory, "all");
    await skopeo("copy", "--all", "--quiet", "--src-tls-verify=false", source(), `oci:${target}:latest`);
    const [copied] = listAt(objectOf(await readFile(join(target, "index.json"), "utf8")), "manifests");
    expect(textAt(copied, "digest")).toBe(index);
    const hexes = [index, ...images.values()].map((digest) => digest.replace("sha256:", ""));
    for (const hex of hexes) await readFile(join(target, "blobs/sha256", hex));
  });

  test("takes the image of the other architecture, whose program runs under an emulator", async () => {
    const [place, root] = [join(directory, "foreign"), join(directory, "root")];
    const options = ["--quiet", "--src-tls-verify=false", "--override-arch", FOREIGN];
    await skopeo("copy", ...options, source(), `dir:${place}`);
    await unpackImage(place, root);
    expect(await runForeign(root, ["/bin/jq", "-n", "1 + 1"])).toBe("2\n");
  });
});

test("oras finds each platform by name", async () => {
  const oras = join(await unpackDebian13(["oras"]), "usr/bin/oras");
  for (const platform of PLATFORMS) {
    const args = ["manifest", "fetch", "--plain-http", "--descriptor", "--platform", platform, `${image}:latest`];
    const descriptor = objectOf(await output(oras, args));
    expect(textAt(descriptor, "digest")).toBe(images.get(platform.replace("linux/", "")));
  }
});

test.each(["SBOM", "Provenance"])("buildx shows the %s of each platform", async (kind) => {
  const buildx = join(await unpackDebian13(["docker-buildx"]), "usr/libexec/docker/cli-plugins/docker-buildx");
  const env = { ...process.env, HOME: directory };
  const args = ["imagetools", "inspect", image, "--format", `{{json .${kind}}}`];
  const shown = objectOf(await output(buildx, args, { env }));
  const content = { SBOM: "SPDX", Provenance: "SLSA" }[kind] ?? "";
  expect(Object.keys(shown).toSorted()).toEqual(PLATFORMS);
  for (const platform of PLATFORMS) expect(memberAt(shown, platform, content)).toBeDefined();
});
