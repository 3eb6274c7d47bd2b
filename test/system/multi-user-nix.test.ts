import { randomUUID } from "node:crypto";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTree } from "../origin/fixtures.ts";
import { NEWER_SUITES } from "../../start/machine/debian-nix.ts";
import { removeFolder } from "../remove-folder.ts";
import { CACHE_HOME, newerNix } from "./newer-nix.ts";
import { type Installation, ORDINARY_USER, pullAsOrdinaryUser, runAs } from "./ordinary-user.ts";
import { derivation } from "./source-pull.ts";

/** The `nix.conf` of Debian's nix-setup-systemd, without caches. */
const DEBIAN = "sandbox = false\nbuild-users-group = nixbld\nsubstituters =\n";
const SANDBOXED = DEBIAN.replace("sandbox = false", "sandbox = true");
const TRUSTED = `${SANDBOXED}trusted-users = root *\n`;

const CACHES = "http://127.0.0.1:1/a http://127.0.0.1:1/b";

const asUser = (daemon: string): Installation => ({ user: ORDINARY_USER, ownsStore: false, daemon, isMember: true });

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-multi-user-"));
  await chmod(directory, 0o755);
});

afterAll(() => removeFolder(directory));

/** Another folder for each test, with a store of its own. */
const newFolder = () => join(directory, randomUUID());

/** A folder with a package set that has the package `hello`. */
async function withSet(): Promise<{ readonly folder: string; readonly set: string }> {
  const folder = await writeTree(newFolder(), { "set/default.nix": `{ hello = ${derivation("hello", '"hello"')}; }` });
  await chmod(folder, 0o755);
  return { folder, set: join(folder, "set") };
}

async function tryAs(installation: Installation, sandbox = "false"): Promise<string> {
  const { stdout, stderr } = await runAs(installation, newFolder(), "try-nix.ts", (work) => [work, sandbox]);
  return stdout.trim() || stderr;
}

describe("Nix with a daemon for several users", () => {
  it.each([
    ["an ordinary user", asUser(DEBIAN)],
    ["a user whom the daemon trusts, and whose settings hold", asUser(TRUSTED)],
    ["root", { user: 0, ownsStore: false, daemon: DEBIAN }],
  ])("builds for %s", async (_, installation) => {
    const { folder, set } = await withSet();
    const env = { CORNICE_PKGS_PATH: set, NIX_REMOTE: "daemon" };
    const options = { directory: folder, env, name: "hello", sandbox: false };
    const [outcome] = await pullAsOrdinaryUser(options, ["hello"], installation);
    expect(outcome).toMatchObject({ pulled: { packages: [{ name: "hello" }] } });
    expect(await tryAs(installation)).toBe("Nix works");
  });

  it.each(NEWER_SUITES)("is new enough for an ordinary user with the Nix of Debian %s", async (suite) => {
    const { folder, set } = await withSet();
    const env = {
      CORNICE_PKGS_PATH: set,
      NIX_REMOTE: "daemon",
      PATH: [await newerNix(suite), "/usr/bin", "/bin"].join(":"),
    };
    const options = { directory: folder, env, name: "hello", sandbox: false };
    const [outcome] = await pullAsOrdinaryUser(options, ["hello"], asUser(DEBIAN));
    expect(outcome).toMatchObject({ pulled: { packages: [{ name: "hello" }] } });
  });

  it("lets an ordinary user run npm start, and pull from a set that needs a newer Nix", async () => {
    const { folder, set } = await withSet();
    await writeTree(set, { "lib/minver.nix": '"2.18"' });
    await newerNix();
    const args = (work: string) => [work, set, "hello", CACHE_HOME];
    const { stdout, stderr } = await runAs(asUser(DEBIAN), join(folder, "user"), "ordinary-user-start.ts", args);
    expect(stdout.trim(), stderr).toBe("200 Nix 2.26");
  });
});

describe("of the settings for caches", () => {
  const report = async (daemon: string) => {
    const { stdout, stderr } = await runAs(asUser(daemon), newFolder(), "report-isolation.ts", (work) => [
      work,
      CACHES,
    ]);
    return stdout || stderr;
  };

  it("the start says what a daemon ignores", async () => {
    const lines = await report(`${DEBIAN}trusted-substituters = http://127.0.0.1:1/b\n`);
    expect(lines).toContain(
      "this machine's Nix daemon does not trust this user, and ignores CORNICE_NIX_SUBSTITUTERS (http://127.0.0.1:1/a), " +
        'CORNICE_NIX_NETRC: put "trusted-users = USER"',
    );
    expect(lines).toContain("caches: http://127.0.0.1:1/b\n");
  });

  it("a daemon that trusts the user ignores nothing", async () => {
    const lines = await report(TRUSTED);
    expect(lines).not.toContain("ignores");
    expect(lines).toContain("caches: http://127.0.0.1:1/a http://127.0.0.1:1/b\n");
  });
});

describe("the start says what is missing:", () => {
  it("the daemon", async () => {
    const advice = await tryAs({ user: ORDINARY_USER, ownsStore: false });
    expect(advice).toContain("apt-get install nix-setup-systemd");
    expect(advice.split("\n")).toHaveLength(1);
  });

  it("the group of the daemon's users", async () => {
    expect(await tryAs({ ...asUser(DEBIAN), isMember: false })).toContain("adduser USER nix-users");
  });

  it("builders that see this machine's programs", async () => {
    const advice = await tryAs(asUser(SANDBOXED));
    expect(advice).toMatch(/set "sandbox = false" or "trusted-users = USER"|kernel denies Nix's sandbox/);
    expect(advice.split("\n")).toHaveLength(1);
  });
});
