import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NEWER_SUITES } from "../../start/machine/debian-nix.ts";
import { matching } from "../matchers.ts";
import { packArchive } from "../stand-in/archive.ts";
import { packageNames, writePackageSet } from "../stand-in/package-set.ts";
import { type Release, type StandIn, startStandIn } from "../stand-in/server.ts";
import { removeFolder } from "../remove-folder.ts";
import { CACHE_HOME, newerNix } from "./newer-nix.ts";
import { type Registry, startRegistry } from "./registry.ts";

const CHANNEL = "nixos-25.11";
const [FIRST = "", SECOND = ""] = packageNames(2);

let directory: string;
let world: StandIn;
let registry: Registry;
const channels = new Map<string, Release>();

/** Moves the channel to a new revision that needs this Nix. */
async function release(minimumNix: string): Promise<void> {
  const revision = randomBytes(20).toString("hex");
  const [set, archive] = [join(directory, revision), join(directory, `${revision}.tar.gz`)];
  const mayBuild = join(directory, "may-build");
  await writePackageSet(set, { packages: 2, minimumNix, mayBuild });
  await writeFile(mayBuild, "");
  await packArchive(set, revision, archive);
  channels.set(CHANNEL, { revision, archive });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-needs-"));
  // Builders must find the file that lets them build.
  await chmod(directory, 0o755);
  for (const suite of NEWER_SUITES) await newerNix(suite);
  await release("2.18");
  world = await startStandIn({ channels });
  registry = await startRegistry({
    stateDirectory: join(directory, "state"),
    env: {
      ...world.channelSettings(CHANNEL),
      XDG_CACHE_HOME: CACHE_HOME,
      CORNICE_NIX_SANDBOX: "false",
      CORNICE_NIX_SUBSTITUTERS: "",
      CORNICE_REF_TTL: "0",
    },
  });
});

afterAll(async () => {
  await registry.stop();
  await world.stop();
  await removeFolder(directory);
});

const pull = (name: string) => fetch(`http://${registry.host}/v2/${name}/manifests/latest`);
const ready = () => fetch(`${registry.originUrl}/readyz`).then((response) => response.text());

describe("npm start with a channel of nixpkgs", () => {
  it("uses a newer Debian's Nix where the machine's own is too old", async () => {
    expect(registry.log()).toContain(
      `channel:${CHANNEL} needs Nix 2.18 or newer, and this machine has 2.8.0: using the Nix of Debian trixie`,
    );
    expect(registry.log()).toMatch(/^origin: Nix 2\.26\.\d+ evaluates as cornice-nix, in a jail/m);
    expect((await pull(FIRST)).status, registry.log()).toBe(200);
    expect(await ready()).toBe("ready");
  });

  it("serves the last image when the channel moves to a revision that needs a newer Nix", async () => {
    const before = await pull(FIRST);
    await release("99");
    const message =
      /^the package source needs Nix 99 or newer, and the machine that builds has 2\.26\.\d+; its operator must upgrade Nix$/;
    const response = await pull(SECOND);
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { errors: [{ code: "UNAVAILABLE", message: matching(message) }] },
    ]);
    const after = await pull(FIRST);
    expect(after.status).toBe(200);
    expect(after.headers.get("Docker-Content-Digest")).toBe(before.headers.get("Docker-Content-Digest"));
    await expect
      .poll(ready, { timeout: 20_000 })
      .toMatch(/not ready: nix-version \(the package source needs Nix 99 or newer/);
    expect(await (await fetch(`${registry.originUrl}/metrics`)).text()).toContain("cornice_nix_too_old 1");
    await registry.logged("Debian's newest one is 2.");
  });

  it("brings a still newer Nix for a revision that needs it, and builds again", async () => {
    await release("2.30");
    const later = async () => (await pull(SECOND)).status;
    await expect.poll(later, { timeout: 120_000, interval: 1000 }).toBe(200);
    expect(registry.log()).toContain(
      "needs Nix 2.30 or newer, and this machine has 2.8.0: using the Nix of Debian sid",
    );
    expect(await ready()).toBe("ready");
  });
});
