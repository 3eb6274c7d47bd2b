import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAt, memberAt, objectOf, textAt } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { output, run } from "./program.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { bannerCommands, documentedPulls } from "./shown-commands.ts";

let directory: string;
let registry: Registry;
let engine: DockerEngine;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-clients-"));
  registry = await startRegistry({ stateDirectory: join(directory, "state") });
  engine = await startDockerEngine();
});

afterAll(async () => {
  await registry.stop();
  await engine.stop();
  await removeFolder(directory);
});

function inContainer(name: string, ...command: readonly string[]): Promise<string> {
  return engine.docker("run", "--rm", "--network", "none", `${registry.host}/${name}`, ...command);
}

describe("npm start without a package source", () => {
  it("says that it serves the starter set", () => {
    expect(registry.log()).toContain("packages  the starter set, built from Debian's packages");
  });
});

describe("an image that shares packages with one that was built before", () => {
  interface Image {
    readonly layers: readonly string[];
    /** One for each layer. */
    readonly descriptions: readonly string[];
  }

  async function image(name: string): Promise<Image> {
    const base = `http://${registry.host}/v2/${name}`;
    const manifest = objectOf(await (await fetch(`${base}/manifests/latest`)).text());
    const config = objectOf(await (await fetch(`${base}/blobs/${textAt(manifest, "config", "digest")}`)).text());
    return {
      layers: listAt(manifest, "layers").map((layer) => textAt(layer, "digest")),
      descriptions: listAt(config, "history").map((step) => textAt(step, "created_by")),
    };
  }

  it("packs only new layers: jq's own paths, its rest layer, and the root", async () => {
    const before = await image("shell/git/htop");
    const after = await image("shell/git/htop/jq");
    const added = after.layers.flatMap((digest, index) =>
      before.layers.includes(digest) ? [] : [after.descriptions[index] ?? ""],
    );
    expect(added.length).toBeGreaterThan(1);
    expect(added.length).toBeLessThan(after.layers.length / 4);
    for (const description of added) expect(description).toMatch(/^(lib)?(jq|onig)|^\d+ store paths$|^root$/);
    const known = after.layers.length - added.length;
    await registry.logged(`jq/moreutils/nano: ${added.length} layers packed, ${known} known`);
  });
});

describe("a Docker Engine", () => {
  it("pulls shell/git/htop and runs git in it", async () => {
    expect(await engine.docker("pull", `${registry.host}/shell/git/htop`)).toContain("Downloaded newer image");
    expect(await inContainer("shell/git/htop", "git", "--version")).toMatch(/^git version \d/);
    expect(await inContainer("shell/git/htop", "htop", "--version")).toMatch(/^htop \d/);
  });

  it("gets one digest for shell/git/htop and shell/htop/git/htop", async () => {
    const [one, other] = await Promise.all(
      ["shell/git/htop", "shell/htop/git/htop"].map(async (name) => {
        const response = await fetch(`http://${registry.host}/v2/${name}/manifests/latest`);
        return response.headers.get("Docker-Content-Digest");
      }),
    );
    expect(other).toBe(one);
  });

  it("finds a usable root: shell, env, temporary folder, accounts, certificates", async () => {
    const script = [
      "echo $0 $PATH $HOME",
      "touch /tmp/file && stat -c %a /tmp",
      "id -un",
      "/usr/bin/env true && echo env",
      'test -s "$SSL_CERT_FILE" && head -n 1 "$SSL_CERT_FILE"',
      "git init -q /tmp/repo && git -C /tmp/repo status --short && echo repository",
    ];
    const lines = (await inContainer("shell/git/htop", "bash", "-c", script.join("\n"))).trim().split("\n");
    expect(lines).toEqual([
      "bash /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /root",
      "1777",
      "root",
      "env",
      expect.stringMatching(/-----BEGIN CERTIFICATE-----|^#/),
      "repository",
    ]);
  });

  it("finds one file if a package has a program twice", async () => {
    const script =
      'other=$(git --exec-path)/git; "$other" --version && stat -Lc %h /bin/git && [ "$other" -ef /bin/git ]';
    const lines = (await inContainer("shell/git/htop", "bash", "-c", script)).trim().split("\n");
    expect(lines).toEqual([expect.stringMatching(/^git version \d/), "2"]);
  });

  it.each([
    ["python3", ["python3", "-c", "import ssl; print(ssl.OPENSSL_VERSION)"], /^OpenSSL \d/],
    ["python3/python3packages.requests", ["python3", "-c", "import requests; print(requests.__version__)"], /^\d/],
    ["postgresql", ["psql", "--version"], /^psql \(PostgreSQL\) \d/],
    ["ffmpeg", ["ffmpeg", "-version"], /^ffmpeg version \d/],
  ])("runs a program of %s", async (name, command, expected) => {
    expect(await inContainer(name, ...command)).toMatch(expected);
  });

  it("prints why an image cannot be pulled, with every unknown package", async () => {
    const { code, stderr } = await engine.tryDocker("pull", `${registry.host}/git/ripgrpe/nosuch`);
    expect(code).not.toBe(0);
    expect(stderr).toContain("no such package: nosuch; no such package: ripgrpe; did you mean ripgrep?");
  });
});

describe("skopeo", () => {
  const blobFile = (layout: string, digest: string) => join(layout, "blobs", digest.replace(":", "/"));
  async function sha256(bytes: AsyncIterable<Uint8Array>): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of bytes) hash.update(chunk);
    return `sha256:${hash.digest("hex")}`;
  }

  it("copies an image whose digests, sizes and diffIDs match the bytes", async () => {
    const layout = join(directory, "jq");
    await output("skopeo", [
      "copy",
      "--src-tls-verify=false",
      `docker://${registry.host}/jq/tree`,
      `oci:${layout}:latest`,
    ]);
    const index = objectOf(await readFile(join(layout, "index.json"), "utf8"));
    const manifestDigest = textAt(index, "manifests", 0, "digest");
    const manifest = objectOf(await readFile(blobFile(layout, manifestDigest), "utf8"));
    const served = await fetch(`http://${registry.host}/v2/jq/tree/manifests/latest`);
    expect(served.headers.get("Docker-Content-Digest")).toBe(manifestDigest);

    const config = objectOf(await readFile(blobFile(layout, textAt(manifest, "config", "digest")), "utf8"));
    const layers = listAt(manifest, "layers");
    const diffIds = listAt(config, "rootfs", "diff_ids");
    expect(layers.length).toBeGreaterThan(2);
    expect(diffIds).toHaveLength(layers.length);
    for (const [position, layer] of layers.entries()) {
      const digest = textAt(layer, "digest");
      const file = blobFile(layout, digest);
      expect(memberAt(layer, "mediaType")).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
      expect((await readFile(file)).length).toBe(memberAt(layer, "size"));
      expect(await sha256(createReadStream(file))).toBe(digest);
      expect(await sha256(createReadStream(file).pipe(createGunzip()))).toBe(diffIds[position]);
    }
  });

  it("copies the image as Docker's schema 2 for a client that asks for that", async () => {
    const accept = "application/vnd.docker.distribution.manifest.v2+json";
    const response = await fetch(`http://${registry.host}/v2/jq/tree/manifests/latest`, { headers: { accept } });
    const manifest = objectOf(await response.text());
    expect(response.headers.get("Content-Type")).toBe(accept);
    expect(manifest["mediaType"]).toBe(accept);
    expect(memberAt(manifest, "layers", 0, "mediaType")).toBe("application/vnd.docker.image.rootfs.diff.tar.gzip");
  });

  it("prints why an image cannot be pulled", async () => {
    const source = `docker://${registry.host}/nosuch`;
    const { code, stderr } = await run("skopeo", ["copy", "--src-tls-verify=false", source, `oci:${directory}/none`]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("manifest unknown: no such package: nosuch");
  });
});

it("the commands that people are shown work as they are printed", async () => {
  const ofBanner = bannerCommands(registry.log());
  const ofDocuments = await documentedPulls(registry.host);
  expect(ofBanner).toHaveLength(3);
  expect(ofDocuments.length).toBeGreaterThan(4);
  for (const command of new Set([...ofBanner, ...ofDocuments])) {
    // A test has no terminal.
    const [program = "", ...words] = command.split(" ").filter((word) => word !== "-it");
    if (program === "docker") await engine.docker(...words);
    else await output(program, program === "curl" ? ["--fail", ...words] : words, { cwd: directory });
  }
});
