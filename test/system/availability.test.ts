import { randomUUID } from "node:crypto";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Builder, createBuilder } from "../../origin/service/builder.ts";
import { parseBuilderConfig } from "../../origin/service/config.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { createDiskStore } from "../../origin/stores/disk-store.ts";
import { matching } from "../matchers.ts";
import { rejection, until, writeTree } from "../origin/fixtures.ts";
import { removeFolder } from "../remove-folder.ts";
import { SYSTEM } from "./source-pull.ts";

const PATH = "/usr/bin:/bin";

/** A package whose builder is a script of the shell. */
const built = (name: string, script: string) =>
  `derivation { name = "${name}"; system = "${SYSTEM}"; builder = "/bin/sh"; PATH = "${PATH}"; salt = "${randomUUID()}"; args = [ "-c" ${JSON.stringify(script)} ]; }`;

const packages: Readonly<Record<string, string>> = {
  sparse: built("sparse", "mkdir $out; truncate -s 3G $out/a; truncate -s 3G $out/b"),
  zero: built(
    "zero",
    "mkdir -p $out/bin $out/nix-support; ln -s /dev/zero $out/nix-support/propagated-user-env-packages",
  ),
  outside: built(
    "outside",
    "mkdir $out; ln -s /etc $out/etc; ln -s /dev $out/nix-support; ln -s /proc/self/fd $out/lib",
  ),
  flood: built("flood", "yes 'a line of a flood'"),
  line: built("line", "tr '\\\\0' x </dev/zero"),
  asleep: built("asleep", "sleep 1000"),
  large: built("large", "mkdir $out; truncate -s 9G $out/file"),
  processes: built(
    "processes",
    "n=0; while [ $n -lt 3000 ]; do sleep 600 >/dev/null 2>&1 & n=$((n+1)); done; echo $n >$out",
  ),
  // 10,000,000,000 additions, with little memory.
  endless: `let numbers = builtins.genList (number: number) 100000; sum = builtins.foldl' (a: b: a + b); in
    builtins.foldl' (total: _: sum total numbers) 0 numbers`,
  memory:
    'builtins.concatStringsSep "" (builtins.genList (number: "a text of some length, again and again") 1000000000)',
};

let directory: string;
let builder: Builder;

async function start(settings: Readonly<Record<string, string>> = {}): Promise<Builder> {
  const innocent = (name: string) => built(name, "mkdir $out; head -c 300000 /dev/urandom >$out/file");
  const all = { ...packages, ...Object.fromEntries(INNOCENT.map((name) => [name, innocent(name)])) };
  const set = Object.entries(all).map(([name, text]) => `${name} = ${text};`);
  const path = await writeTree(join(directory, `set-${randomUUID()}`), { "default.nix": `{ ${set.join("\n")} }` });
  const environment = {
    CORNICE_PKGS_PATH: path,
    CORNICE_SOURCE_NAME: "hostile",
    CORNICE_SPOOL_DIR: join(directory, "spool"),
    CORNICE_NIX_SANDBOX: "false",
    CORNICE_NIX_SUBSTITUTERS: "",
    CORNICE_KEPT_MIB: "0",
    CORNICE_NIX_MEMORY: "1024",
    CORNICE_MAX_BUILDS: "3",
    NIX_TIMEOUT: "60",
    ...settings,
  };
  const store = createDiskStore(join(directory, "store"));
  const env = { PATH, HOME: directory };
  return createBuilder({ config: parseBuilderConfig(environment, 2), env, store, index: { put: async () => {} } });
}

const INNOCENT = Array.from({ length: 20 }, (_, index) => `innocent${index}`);
let next = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-availability-"));
  builder = await start();
});

afterAll(async () => {
  await builder.close(new Error("the tests are over"));
  await removeFolder(directory);
});

function build(name: string, { client = "hostile", log = [] as string[], by = builder } = {}) {
  const request = { source: "hostile", tag: "latest", architecture: hostArchitecture(), packages: [name] };
  return by.build(
    request,
    (event) => {
      if (event.event === "log") log.push(event.line);
    },
    client,
  );
}

/** An image that nobody has built yet. */
function innocentBuild(by?: Builder) {
  return build(INNOCENT[next++] ?? "", { client: "innocent", ...(by && { by }) });
}

/** True if an innocent image is built before the hostile build ends. */
async function isServedBeside(hostile: Promise<unknown>): Promise<boolean> {
  let hasEnded = false;
  const end = () => (hasEnded = true);
  void hostile.then(end, end);
  await innocentBuild();
  return !hasEnded;
}

describe("an innocent image is built beside", () => {
  it("a package of huge, equal files, whose image is built, too", async () => {
    const log: string[] = [];
    const hostile = build("sparse", { log });
    await until(() => log.some((line) => line.startsWith("building")));
    expect(await isServedBeside(hostile)).toBe(true);
    expect(await hostile).toMatchObject({ revision: "unversioned" });
  });

  it.each(["flood", "line", "asleep", "endless"])("%s, which fails in the end", async (name) => {
    const by = await start({ NIX_TIMEOUT: "8" });
    const hostile = rejection(build(name, { by }));
    let hasEnded = false;
    void hostile.then(() => (hasEnded = true));
    await innocentBuild(by);
    const wasFirst = !hasEnded;
    expect(await hostile).toMatchObject({ code: "MANIFEST_UNKNOWN" });
    // A builder that prints too much is ended at once, perhaps before the innocent image is built.
    expect(wasFirst || name === "flood" || name === "line").toBe(true);
    await by.close(new Error("the test is over"));
  });

  it("forty images of another client", async () => {
    const by = await start();
    const others = Array.from({ length: 40 }, () => build("asleep", { by }));
    void Promise.allSettled(others);
    await innocentBuild(by);
    await by.close(new Error("the test is over"));
  });
});

describe("a refused build says why", () => {
  it("a build that starts too many processes, and the next build has all its processes", async () => {
    const error = await rejection(build("processes"));
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message: matching(/[Cc]annot fork/) });
    expect(await innocentBuild()).toMatchObject({ revision: "unversioned" });
  });

  it("an evaluation that takes too much memory", async () => {
    const error = await rejection(build("memory"));
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: "building memory failed: out of memory; the operator can allow more with CORNICE_NIX_MEMORY",
    });
  });

  it("an image that is too large", async () => {
    const by = await start({ CORNICE_MAX_IMAGE_MIB: "1024" });
    const error = await rejection(build("large", { by }));
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: matching(/failed.*CORNICE_MAX_IMAGE_MIB.*File size limit exceeded/s),
    });
    await by.close(new Error("the test is over"));
  });
});

it.each(["zero", "outside"])(
  "links of a package that lead out of the store are followed by nobody: %s",
  async (name) => {
    expect(await build(name)).toMatchObject({ revision: "unversioned" });
  },
);
