import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, vi } from "vitest";
import { type SuiteOptions, unpackSuite } from "../../../start/machine/debian-archive.ts";
import { StartError } from "../../../start/machine/start-error.ts";
import { rejection, test, writeTree } from "../../origin/fixtures.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Downloads one package, and keeps the list of sources. */
const APT = `#!/bin/sh
case "$*" in
  indextargets*) printf 'Debian-Security http://mirror/debian-security\\nDebian http://mirror/debian\\n' ;;
  *update*) for word in "$@"; do case $word in Dir::Etc::SourceList=*) cat "\${word#*=}" >"$HOME/sources" ;; esac; done ;;
  *install*) for word in "$@"; do case $word in Dir::Cache=*) echo x >"\${word#*=}/archives/nix.deb" ;; esac; done ;;
esac
`;
const DPKG = '#!/bin/sh\nmkdir -p "$3/usr/bin" && cp "$2" "$3/usr/bin/nix"\n';

/** Scripts stand for apt and dpkg, except in system tests. */
async function unpack(directory: string, options: Partial<SuiteOptions> = {}, apt = APT): Promise<string> {
  await writeTree(directory, { "bin/apt-get": { program: apt }, "bin/dpkg-deb": { program: DPKG } });
  vi.stubEnv("PATH", `${directory}/bin:/usr/bin:/bin`);
  vi.stubEnv("HOME", directory);
  const root = join(directory, "nix/trixie");
  const { signal } = new AbortController();
  await unpackSuite({ suite: "trixie", packages: ["nix-bin"], root, signal, ...options });
  return root;
}

describe("packages of another suite", () => {
  test("come from the mirror of Debian's main archive, with Debian's signatures", async ({ directory }) => {
    const root = await unpack(directory);
    expect(await readFile(join(root, "usr/bin/nix"), "utf8")).toBe("x\n");
    expect(await readFile(join(directory, "sources"), "utf8")).toBe(
      "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror/debian trixie main\n",
    );
  });

  test("appear in one step, whole", async ({ directory }) => {
    const seen: string[][] = [];
    await unpack(directory, {
      prepare: async (partial) => void seen.push(await readdir(join(directory, "nix")), await readdir(partial)),
    });
    expect(seen[0]).toEqual([expect.stringMatching(new RegExp(`^trixie\\.${process.pid}-`))]);
    expect(seen[1]).toEqual(["usr"]);
    expect(await readdir(join(directory, "nix"))).toEqual(["trixie"]);
  });

  test("are brought once", async ({ directory }) => {
    await unpack(directory);
    await expect(unpack(directory, {}, "#!/bin/sh\nexit 1\n")).resolves.toBeDefined();
  });

  test("may come from another process first", async ({ directory }) => {
    const prepare = () => writeTree(directory, { "nix/trixie/usr/bin/nix": "theirs" });
    const root = await unpack(directory, { prepare: async () => void (await prepare()) });
    expect(await readFile(join(root, "usr/bin/nix"), "utf8")).toBe("theirs");
  });
});

describe("nothing half is left", () => {
  test("by a failure", async ({ directory }) => {
    const error = await rejection(unpack(directory, { prepare: () => Promise.reject(new StartError("no loader")) }));
    expect(error).toMatchObject({ message: "no loader" });
    expect(await readdir(join(directory, "nix"))).toEqual([]);
  });

  test("by a process that was killed, after the next one", async ({ directory }) => {
    await writeTree(directory, {
      "nix/trixie.99999999-abc/root/x": "",
      "nix/trixie.1-abc/root/x": "",
      "nix/sid/x": "",
    });
    await unpack(directory);
    expect((await readdir(join(directory, "nix"))).toSorted()).toEqual(["sid", "trixie", "trixie.1-abc"]);
  });
});

test.for([
  ["E: no network", "apt-get failed: no network"],
  ["first\nE: is not signed.", "apt-get failed: is not signed."],
])("apt's first error is told: %j", async ([stderr, message], { directory }) => {
  const apt = `#!/bin/sh\nprintf '%s\\n' '${stderr}' >&2\nexit 100\n`;
  expect(await rejection(unpack(directory, {}, apt))).toMatchObject({ name: "StartError", message });
});

test("a machine without apt is told so", async ({ directory }) => {
  await writeTree(directory, { "bin/": "" });
  vi.stubEnv("PATH", `${directory}/bin`);
  const options = { suite: "trixie", packages: ["nix-bin"], root: join(directory, "nix"), signal: AbortSignal.any([]) };
  expect(await rejection(unpackSuite(options))).toMatchObject({ message: "this machine has no apt-get" });
});
