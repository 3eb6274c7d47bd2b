import { randomUUID } from "node:crypto";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAt, objectOf, textAt } from "../json.ts";
import { rejection, writeTree } from "../origin/fixtures.ts";
import { removeFolder } from "../remove-folder.ts";
import { output, run } from "./program.ts";
import { type Registry, startRegistry, testPackages } from "./registry.ts";
import { derivation, pullFromSource, SYSTEM } from "./source-pull.ts";

let directory: string;
let env: Record<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-images-"));
  env = await testPackages(directory, randomUUID());
});

afterAll(() => removeFolder(directory));

function pull(name: string, changes: Record<string, string> = {}) {
  return pullFromSource({ directory, env: { ...env, ...changes }, name, isImage: true });
}

describe("an image of a package set", () => {
  it("has its packages, its options, and the store paths that the options refer to", async () => {
    const { packages, options, closure } = await pull("web");
    expect(packages).toMatchObject([{ name: "hello", attribute: "hello", requested: true }]);
    const path = (name: string) => closure.find((each) => each.path.endsWith(`-${name}`))?.path;
    expect(closure).toHaveLength(3);
    expect(options).toEqual({
      entrypoint: [`${path("world")}/bin/world`],
      cmd: ["--port", "8080"],
      env: { HOME: "/srv", MODE: "test", SETTINGS: path("set.nix") },
      user: "1000:100",
      workingDir: "/srv",
      labels: { "org.example.team": 'web },{ "installables":["x"]' },
      exposedPorts: ["53/udp", "8080/tcp"],
    });
  });

  it("needs nothing but packages", async () => {
    const { packages, options } = await pull("plain");
    expect(packages).toMatchObject([{ attribute: "hello" }]);
    expect(options).toEqual({});
  });

  it("is found in a flake", async () => {
    const hello = derivation("hello", '"hello"');
    const text = `{ outputs = { self }: { packages.${SYSTEM}.images.web = { packages = [ (${hello}) ]; cmd = [ "x" ]; }; }; }`;
    const flake = await writeTree(join(directory, "flake"), { "flake.nix": text });
    const pulled = await pullFromSource({ directory, env: { CORNICE_FLAKE: flake }, name: "web", isImage: true });
    expect(pulled).toMatchObject({ packages: [{ attribute: "hello" }], options: { cmd: ["x"] } });
  });

  it("names each wrong field, and says what it must be", async () => {
    const error = await rejection(pull("bad"));
    const wrong = [
      "cmd must be a list of strings",
      "entrypiont must not be there; an image has cmd, entrypoint, env, exposedPorts, labels, packages, user, workingDir",
      "entrypoint must be a list of strings",
      'env must be an attribute set of strings whose names have no "="',
      'exposedPorts must be a list of ports from 1 to 65535, such as 8080 or "53/udp"',
      'labels must be an attribute set of strings whose names do not begin with "cornice."',
      `packages must be a list of at least one package for ${SYSTEM}`,
      "user must be a string: the name or number of a user, or USER:GROUP",
      "workingDir must be a string: an absolute path",
    ];
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: wrong.map((field) => `images/bad: ${field}`).join("; "),
    });
  });

  it("cannot have a label of the registry's own", async () => {
    const message =
      'images/pretender: labels must be an attribute set of strings whose names do not begin with "cornice."';
    expect(await rejection(pull("pretender"))).toMatchObject({ code: "MANIFEST_UNKNOWN", message });
  });

  it.each([
    ["wbe", "no such image: images/wbe; did you mean images/web?"],
    ["text", "images/text is not an image"],
    ["package", "images/package is not an image"],
    [
      "refused",
      "building images/refused failed: unfree-2.0 has an unfree license (bsl11); the operator can allow it with CORNICE_ALLOW_UNFREE=true",
    ],
  ])("that cannot be built says why: %s", async (name, message) => {
    expect(await rejection(pull(name))).toMatchObject({ code: "MANIFEST_UNKNOWN", message });
  });

  it("does not exist in a set without images", async () => {
    const set = await writeTree(join(directory, "none"), { "default.nix": "{ }" });
    const error = await rejection(pull("web", { CORNICE_PKGS_PATH: set }));
    expect(error).toMatchObject({ message: "no such image: images/web" });
  });
});

describe("the registry", () => {
  let registry: Registry;

  beforeAll(async () => {
    registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
  });

  afterAll(() => registry.stop());

  const reference = (name: string) => `docker://${registry.host}/${name}`;

  it("serves an image with its options to skopeo", async () => {
    const json = await output("skopeo", ["inspect", "--tls-verify=false", "--config", reference("images/web")]);
    expect(objectOf(json)["config"]).toEqual({
      User: "1000:100",
      ExposedPorts: { "53/udp": {}, "8080/tcp": {} },
      Env: [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/srv",
        "MODE=test",
        expect.stringMatching(/^SETTINGS=\/nix\/store\/[0-9a-z]{32}-set\.nix$/),
      ],
      Entrypoint: [expect.stringMatching(/^\/nix\/store\/[0-9a-z]{32}-world\/bin\/world$/)],
      Cmd: ["--port", "8080"],
      WorkingDir: "/srv",
      Labels: {
        "org.opencontainers.image.title": "hello",
        "cornice.image": "true",
        "cornice.image-packages": "hello",
        "org.example.team": 'web },{ "installables":["x"]',
      },
    });
    await output("skopeo", ["copy", "--src-tls-verify=false", reference("images/web"), `oci:${directory}/layout`]);
  });

  it("gives images with other options, and the package itself, different digests", async () => {
    const digests = await Promise.all(
      ["images/web", "images/other", "images/plain", "hello"].map(async (name) => {
        const response = await fetch(`http://${registry.host}/v2/${name}/manifests/latest`);
        return response.headers.get("Docker-Content-Digest");
      }),
    );
    // This holds for an image without options, too: a user may be allowed to pull the package, but not the image.
    expect(new Set(digests).size).toBe(4);
  });

  it("gives an image the accounts and the directories that its packages declare", async () => {
    await output("skopeo", ["copy", "--src-tls-verify=false", reference("images/daemon"), `oci:${directory}/daemon`]);
    const config = await output("skopeo", ["inspect", "--config", `oci:${directory}/daemon`]);
    expect(objectOf(config)["config"]).toMatchObject({ User: "keeper" });
    const manifest = await output("skopeo", ["inspect", "--raw", `oci:${directory}/daemon`]);
    const root = textAt(listAt(objectOf(manifest), "layers").at(-1), "digest");
    const blob = `${directory}/daemon/blobs/${root.replace(":", "/")}`;
    const passwd = await output("tar", ["-xzOf", blob, "etc/passwd"]);
    const [uid] = /(?<=^keeper:x:)\d+/m.exec(passwd) ?? [];
    expect(passwd).toContain(`\nkeeper:x:${uid}:${uid}:Keeper of things:/var/lib/keeper:/bin/sh\n`);
    const listed = await output("tar", ["--numeric-owner", "-tvzf", blob]);
    expect(listed).toMatch(new RegExp(`^drwx------ ${uid}/${uid} .* var/lib/keeper/$`, "m"));
    expect(listed).toMatch(new RegExp(`^drwxrwsr-x 0/${uid} .* run/keeper/$`, "m"));
  });

  it("says what is wrong with an image", async () => {
    const { code, stderr } = await run("skopeo", [
      "inspect",
      "--tls-verify=false",
      "--config",
      reference("images/wbe"),
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("no such image: images/wbe; did you mean images/web?");
  });
});
