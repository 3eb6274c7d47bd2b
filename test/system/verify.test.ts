import { randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { parseManifestText } from "../../protocol/manifest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { containing, matching } from "../matchers.ts";
import { withStore } from "../stand-in/own-store.ts";
import { removeFolder } from "../remove-folder.ts";
import { edgeAccess } from "./edge-access.ts";
import { type Outcome, run } from "./program.ts";
import { type Registry, REPOSITORY, startRegistry, testPackages } from "./registry.ts";

// `cornice verify` looks at images of `npm start`, which signs with a key of its own.

const PROGRAM = join(REPOSITORY, "bin/cornice");

let directory: string;
let source: Record<string, string>;
let registry: Registry;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-verify-"));
  source = await testPackages(directory, randomUUID());
  await writeFile(source["CORNICE_PKGS_PATH"] ?? "", SET);
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env: source });
});

afterAll(async () => {
  await registry?.stop();
  if (directory) await removeFolder(directory);
});

/** The test's set, and a package that each build makes anew: one byte of 36 differs for sure. */
const SET = `{ config }: import ./set.nix { salt = "${randomUUID()}"; inherit config; } // {
  unstable = derivation {
    name = "unstable-1.0";
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" "PATH=/usr/bin:/bin; mkdir -p $out/share; echo same > $out/share/a; cat /proc/sys/kernel/random/uuid > $out/share/id" ];
  };
}
`;

function environment(settings: Readonly<Record<string, string>> = {}) {
  return { PATH: "/usr/bin:/bin", HOME: join(directory, "home"), ...source, ...settings };
}

/** With the Nix store that has built the image. */
function verify(name: string, ...options: readonly string[]): Promise<Outcome> {
  return run(PROGRAM, ["verify", `${registry.host}/${name}`, ...options], { env: environment() });
}

/** In a Nix store that has nothing yet. */
function rebuildElsewhere(name: string): Promise<Outcome> {
  const args = ["verify", `${registry.host}/${name}`, "--rebuild"];
  const command = withStore(join(directory, `nix-${name}`), { file: PROGRAM, args, env: environment() });
  return run(command.file, command.args, { env: command.env });
}

describe("an image of a registry", () => {
  test("is verified while its first pull builds it", async () => {
    const { code, stdout, stderr } = await verify("world");
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect(stdout).not.toMatch(/^(?:FAIL|none)/m);
    expect(stdout).toMatch(/^ok {4}coverage {3}SPDX lists all 2 store paths of the layers, and no other$/m);
    expect(stdout).toMatch(/^ok {4}signature {2}sha256:[0-9a-f]{64}, cosign 3 \(bundle\): signed by the key /m);
  });

  test("has the same digest if another machine builds it, in a Nix store of its own", async () => {
    const { code, stdout, stderr } = await rebuildElsewhere("world");
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^ok {4}rebuild {4}this machine makes the same image: sha256:[0-9a-f]{64}$/m);
  });
});

test("a package that no two builds make alike is named with the file and the byte", async () => {
  expect(await verify("unstable", "--rebuild")).toMatchObject({ code: 0 });
  const { code, stdout } = await rebuildElsewhere("unstable");
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: matching(
      /^FAIL {2}rebuild {4}layer \d of \d \([^)]*\): store path \/nix\/store\/\w{32}-unstable-1\.0, file "\/nix\/store\/\w{32}-unstable-1\.0\/share\/id": byte \d+ is 0x\w\w in the registry and 0x\w\w here$/m,
    ),
  });
});

test("a machine with another package source says so, and builds nothing", async () => {
  const args = ["verify", `${registry.host}/world`, "--rebuild"];
  const { code, stderr } = await run(PROGRAM, args, { env: environment({ CORNICE_SOURCE_NAME: "other" }) });
  expect([code, stderr]).toEqual([
    1,
    containing("cannot rebuild: the image is of the package source test, and this machine has other"),
  ]);
  expect(stderr).not.toContain("cornice: evaluate");
});

test("a layer that somebody has changed in the bucket is named", async () => {
  expect(await verify("large", "--no-blobs")).toMatchObject({ code: 0 });
  const answer = await fetch(`http://${registry.host}/v2/large/manifests/latest`, {
    headers: { Accept: MEDIA_TYPES.oci.manifest },
  });
  const [layer] = parseManifestText(await answer.text())?.layers ?? [];
  if (!layer) throw new Error("the image has no layer");
  const bucket = createR2Store((await edgeAccess(join(directory, "state"))).r2);
  const bytes = Buffer.concat(await Array.fromAsync((await bucket.open(blobKey(layer.digest))) ?? []));
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 20) ^ 1, bytes.length - 20);
  await bucket.put(blobKey(layer.digest), { kind: "bytes", bytes }, { contentType: "application/octet-stream" });
  const { code, stdout } = await verify("large");
  expect([code, stdout]).toEqual([1, containing(`FAIL  layer      layer 1 (${layer.digest}): `)]);
});
