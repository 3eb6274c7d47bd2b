import { randomUUID } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nixSystem } from "../../image/names/nix-system.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { parseIndexConfig } from "../../origin/service/config.ts";
import { withIsolation } from "../../origin/service/builder-isolation.ts";
import type { NixProgram } from "../../origin/isolation/isolation.ts";
import { prepareSource } from "../../start/package-source.ts";
import { listAt, objectOf } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { FOREIGN, runForeign, unpackImage } from "./foreign-programs.ts";
import { output } from "./program.ts";
import { type Registry, startRegistry } from "./registry.ts";

// Images of the starter set for the architecture that this machine does not have.

let directory: string;
let state: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-foreign-"));
  state = join(directory, "state");
});

afterAll(() => removeFolder(directory));

/** The messages of the error that a client gets. */
async function refusal(registry: Registry, name: string): Promise<string> {
  const response = await fetch(`http://${registry.host}/v2/${name}/manifests/latest`);
  return JSON.stringify(listAt(objectOf(await response.text()), "errors"));
}

async function withRegistry(env: Readonly<Record<string, string>>, work: (registry: Registry) => Promise<void>) {
  const registry = await startRegistry({ stateDirectory: state, env });
  try {
    await work(registry);
  } finally {
    await registry.stop();
  }
}

test("a registry that is not asked for it fetches nothing of the other architecture", async () => {
  await withRegistry({}, async (registry) => {
    expect(await refusal(registry, `${FOREIGN}/jq`)).toContain("the operator can add them with CORNICE_PLATFORMS");
    expect(registry.log()).not.toContain(`package lists for ${FOREIGN}`);
  });
  expect(await readdir(join(state, "starter"))).not.toContain(`apt-${FOREIGN}`);
});

test("the origin's Nix runs new builders of the other architecture", async () => {
  const { signal } = new AbortController();
  const env = { PATH: "/usr/bin:/bin", HOME: directory };
  const prepared = await prepareSource({ source: undefined, directory: state, env, log: () => {}, signal });
  const folders = { CORNICE_SPOOL_DIR: join(directory, "spool"), CORNICE_SOURCES_DIR: join(directory, "sources") };
  const expression = join(directory, "new.nix");
  const builder = `builder = "/bin/sh"; args = [ "-c" "echo ${randomUUID()} >$out" ];`;
  await writeFile(expression, `derivation { name = "new"; system = "${nixSystem(FOREIGN)}"; ${builder} }`);
  await withIsolation(parseIndexConfig({ ...env, ...prepared.env, ...folders }, 1), env, async (isolation) => {
    const print = async (program: NixProgram, ...args: readonly string[]) => {
      const command = await isolation.own(program, args);
      return (await output(command.file, command.args, { env: command.env })).trim();
    };
    const path = await print("nix-store", "--realise", await print("nix-instantiate", expression));
    expect(path).toMatch(/^\/nix\/store\/\w+-new$/);
  });
});

describe("a registry with both architectures", () => {
  const root = () => join(directory, "root");

  beforeAll(async () => {
    await withRegistry({ CORNICE_PLATFORMS: "amd64 arm64" }, async (registry) => {
      expect(registry.log()).toContain(`Fetching Debian's package lists for ${FOREIGN}`);
      const place = join(directory, "image");
      const name = `${registry.host}/${FOREIGN}/bash/curl/jq`;
      const options = ["--src-tls-verify=false", "--override-arch", FOREIGN];
      await output("skopeo", ["copy", ...options, `docker://${name}`, `dir:${place}`]);
      await unpackImage(place, root());
      expect(await refusal(registry, `${FOREIGN}/graphviz`)).toContain(`graphviz is not available for ${FOREIGN}`);
    });
  });

  test.for([
    [["/bin/jq", "-n", "[1, 2] | add"], /^3\n$/],
    [["/bin/curl", "--version"], /^curl \d.*\bOpenSSL\/\d.*\bnghttp2\/\d/s],
    [
      ["/bin/bash", "-c", "read -r line </etc/ssl/certs/ca-bundle.crt; echo $MACHTYPE $line"],
      /-linux-gnu\S* -----BEGIN/,
    ],
  ] as const)("runs %j under an emulator", async ([command, printed]) => {
    expect(await runForeign(root(), command)).toMatch(printed);
  });

  test("bash is of the other architecture", async () => {
    const machine = nixSystem(FOREIGN).replace("-linux", "");
    expect(await runForeign(root(), ["/bin/bash", "-c", "echo $HOSTTYPE"])).toBe(`${machine}\n`);
  });

  test("its store paths are those that a machine of that architecture makes", async () => {
    const starter = join(state, "starter");
    const { revision } = objectOf(await readFile(join(starter, "known.json"), "utf8"));
    const here = join(starter, String(revision));
    const there = join(directory, "there");
    await cp(here, there, { recursive: true });
    await rename(join(there, `index-${nixSystem(FOREIGN)}.json`), join(there, "index.json"));
    const system = ["--argstr", "system", nixSystem(FOREIGN)];
    const pathOf = (set: string) => output("nix-instantiate", ["--eval", set, "--attr", "curl.outPath", ...system]);
    expect(await pathOf(here)).toBe(await pathOf(there));
    const own = ["--argstr", "system", nixSystem(hostArchitecture())];
    const other = await output("nix-instantiate", ["--eval", here, "--attr", "curl.outPath", ...own]);
    expect(await pathOf(here)).not.toBe(other);
  });
});
