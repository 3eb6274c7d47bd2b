import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, vi } from "vitest";
import { nixSystem } from "../../../image/names/nix-system.ts";
import { hostArchitecture } from "../../../origin/nix/system.ts";
import { readDebianPaths } from "../../../origin/starter/debian-paths.ts";
import { starterArchitectures } from "../../../origin/starter/index-file.ts";
import { writeStarterSet } from "../../../origin/starter/starter-set.ts";
import type { Architecture } from "../../../protocol/image-name.ts";
import { memberAt, objectOf } from "../../json.ts";
import { test, writeTree } from "../fixtures.ts";

// A starter set for both architectures, from an archive in a folder and with the machine's own apt.

const HOST = hostArchitecture();
const FOREIGN: Architecture = HOST === "amd64" ? "arm64" : "amd64";
const FOREIGN_INDEX = `index-${nixSystem(FOREIGN)}.json`;
const BOTH: readonly Architecture[] = ["amd64", "arm64"];
const OTHER_VERSION = { [FOREIGN]: { htop: "3" }, [HOST]: { htop: "3", tree: "2" } };

type Versions = Readonly<Partial<Record<Architecture, Readonly<Record<string, string>>>>>;

/** Writes the archive's files: each architecture has packages with these versions. */
async function publish(directory: string, versions: Versions): Promise<void> {
  const lists = BOTH.map((architecture) => {
    const packages = Object.entries(versions[architecture] ?? {}).map(([name, version]) => {
      const fields = { Package: name, Version: version, Architecture: architecture, Filename: `pool/${name}.deb` };
      const lines = Object.entries({ ...fields, Size: "1", SHA256: "a".repeat(64), Description: name });
      return `${lines.map(([field, value]) => `${field}: ${value}`).join("\n")}\n\n`;
    });
    return [`main/binary-${architecture}/Packages`, packages.join("")] as const;
  });
  const sums = lists.map(
    ([file, text]) => ` ${createHash("sha256").update(text).digest("hex")} ${text.length} ${file}`,
  );
  const about = "Origin: Debian\nLabel: Debian\nCodename: bookworm\nSuite: stable\nArchitectures: amd64 arm64\n";
  const release = `${about}Components: main\nDate: ${new Date().toUTCString()}\nSHA256:\n${sums.join("\n")}\n`;
  const files = Object.fromEntries(
    [["Release", release], ...lists].map(([file, text]) => [`repo/dists/bookworm/${file}`, text]),
  );
  await writeTree(directory, files);
}

async function setUpApt(directory: string, options = ""): Promise<void> {
  const dir = `Dir "${directory}/apt/"; Dir::State::status "${directory}/status"; Dir::Cache "${directory}/cache";`;
  await writeTree(directory, {
    "apt.conf": `${dir} APT::Architecture "${HOST}"; APT::Architectures { "${HOST}"; }; APT::Sandbox::User "root";\n`,
    status: "",
    "cache/archives/partial/": "",
    "apt/etc/apt/sources.list": `deb [trusted=yes${options}] copy:${directory}/repo bookworm main\n`,
    "apt/etc/apt/sources.list.d/": "",
    "apt/etc/apt/apt.conf.d/": "",
    "apt/etc/apt/preferences.d/": "",
    "apt/var/lib/apt/lists/partial/": "",
  });
  vi.stubEnv("APT_CONFIG", join(directory, "apt.conf"));
}

const update = () => promisify(execFile)("apt-get", ["update", "-q"]);

describe("the starter set for both architectures", () => {
  let lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const { signal } = new AbortController();
  const write = (directory: string, architectures = BOTH) => {
    lines = [];
    return writeStarterSet({ directory: join(directory, "starter"), architectures, signal, log });
  };
  const indexOf = async (path: string, file: string) => objectOf(await readFile(join(path, file), "utf8"));

  beforeEach<{ directory: string }>(async ({ directory }) => {
    await publish(directory, { [HOST]: { htop: "2", tree: "2" }, [FOREIGN]: { htop: "2" } });
    await setUpApt(directory);
    await update();
  });
  afterEach(() => vi.unstubAllEnvs());

  test("has an index for each, and knows what only the other one has", async ({ directory }) => {
    const { path } = await write(directory);
    const [own, foreign] = [await indexOf(path, "index.json"), await indexOf(path, FOREIGN_INDEX)];
    expect([own["system"], own["elsewhere"]]).toEqual([nixSystem(HOST), undefined]);
    expect([foreign["system"], foreign["elsewhere"]]).toEqual([nixSystem(FOREIGN), ["tree"]]);
    for (const architecture of BOTH) {
      const { packages } = await readDebianPaths(path, architecture);
      expect(packages.get("htop-2")).toMatchObject([{ name: "htop", architecture }]);
    }
    expect(await starterArchitectures(path, HOST)).toEqual([HOST, FOREIGN]);
  });

  test("leaves the lists of the machine's own apt as they are", async ({ directory }) => {
    const lists = () => readdir(join(directory, "apt/var/lib/apt/lists"));
    const before = await lists();
    await write(directory);
    expect(await lists()).toEqual(before);
  });

  test("has nothing of the other architecture unless somebody asks for it", async ({ directory }) => {
    const { path, revision } = await write(directory, []);
    expect(lines).toEqual(["Reading Debian's package lists ..."]);
    expect(await readdir(join(directory, "starter"))).toEqual([revision, "known.json"].toSorted());
    expect(await starterArchitectures(path, HOST)).toEqual([HOST]);
    expect((await write(directory)).revision).not.toBe(revision);
  });

  test("fetches the lists again after a change of the machine's own lists, and not before", async ({ directory }) => {
    const first = await write(directory);
    expect(lines).toHaveLength(2);
    expect(await write(directory)).toEqual(first);
    expect(lines).toEqual([]);
    await publish(directory, OTHER_VERSION);
    await update();
    const second = await write(directory);
    expect(lines).toEqual([`Fetching Debian's package lists for ${FOREIGN} ...`, "Reading Debian's package lists ..."]);
    expect(memberAt(await indexOf(second.path, FOREIGN_INDEX), "groups", "htop", "version")).toBe("3");
  });

  test("goes on with old lists during an outage", async ({ directory }) => {
    await write(directory);
    await publish(directory, OTHER_VERSION);
    await update();
    await rm(join(directory, "repo"), { recursive: true });
    const { path } = await write(directory);
    expect(lines[1]).toMatch(/^Going on with the old lists: apt cannot fetch .* for \w+: .*repo/);
    expect(memberAt(await indexOf(path, FOREIGN_INDEX), "groups", "htop", "version")).toBe("2");
    expect(memberAt(await indexOf(path, "index.json"), "groups", "htop", "version")).toBe("3");
  });

  test("says what is missing if there are no lists yet", async ({ directory }) => {
    await rm(join(directory, "repo"), { recursive: true });
    await expect(write(directory)).rejects.toThrow(`apt cannot fetch Debian's package lists for ${FOREIGN}: `);
  });

  test("says that apt's sources are for one architecture alone", async ({ directory }) => {
    await setUpApt(directory, ` arch=${HOST}`);
    await update();
    const message = `apt's sources must name packages for ${FOREIGN}, too: they do not for Debian/bookworm`;
    await expect(write(directory)).rejects.toThrow(message);
  });
});
