import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, vi } from "vitest";
import { hostArchitecture } from "../../../origin/nix/system.ts";
import { parsePlaces } from "../../../origin/starter/apt-state.ts";
import { writeStarterSet } from "../../../origin/starter/starter-set.ts";
import { listenForDebug } from "../../../origin/system/debug.ts";
import { objectOf } from "../../json.ts";
import { test, writeTree } from "../fixtures.ts";

const ARCHITECTURE = hostArchitecture();
const LISTS = "apt/var/lib/apt/lists/mirror.test_debian_dists_bookworm";
const PACKAGES = `${LISTS}_main_binary-${ARCHITECTURE}_Packages`;
const SOURCE = "deb http://mirror.test/debian bookworm main\n";
const RELEASE = "Origin: Debian\nLabel: Debian\nCodename: bookworm\nSuite: stable\n";

function packageOf(name: string, version: string): string {
  const fields = {
    Package: name,
    Version: version,
    Architecture: ARCHITECTURE,
    Filename: `pool/${name}_${version}.deb`,
  };
  const lines = Object.entries({ ...fields, Size: "1", SHA256: "a".repeat(64), Description: name });
  return `${lines.map(([field, value]) => `${field}: ${value}`).join("\n")}\n\n`;
}

/** The machine's apt, with sources and lists of its own. */
async function setUpApt(directory: string): Promise<void> {
  await writeTree(directory, {
    "apt.conf": `Dir "${directory}/apt/"; Dir::State::status "${directory}/status"; APT::Architecture "${ARCHITECTURE}";\n`,
    status: "",
    "apt/etc/apt/sources.list": SOURCE,
    "apt/etc/apt/sources.list.d/": "",
    "apt/etc/apt/apt.conf.d/": "",
    "apt/etc/apt/preferences.d/": "",
    [`${LISTS}_Release`]: RELEASE,
    [PACKAGES]: packageOf("htop", "3.2.2-2"),
  });
  vi.stubEnv("APT_CONFIG", join(directory, "apt.conf"));
}

describe("the starter set", () => {
  let lines: string[] = [];
  let stopListening: () => void;
  beforeEach(() => {
    stopListening = listenForDebug((line) => lines.push(line));
  });
  afterEach(() => {
    stopListening();
    vi.unstubAllEnvs();
  });

  /** Writes the set, and tells which programs of apt ran. */
  async function write(directory: string) {
    lines = [];
    const set = await writeStarterSet({ directory: join(directory, "starter"), signal: new AbortController().signal });
    const mirrors = await readFile(join(set.path, "mirrors.json"), "utf8");
    return { ...set, mirrors: objectOf(mirrors), programs: programs() };
  }

  const programs = () => new Set(lines.flatMap((line) => /apt-\w+/.exec(line) ?? []));

  const AGAIN = new Set(["apt-config"]);
  const ANEW = new Set(["apt-config", "apt-get", "apt-helper"]);

  test("reads apt's lists once, as long as nothing changes", async ({ directory }) => {
    await setUpApt(directory);
    const first = await write(directory);
    expect(first).toMatchObject({ programs: ANEW, mirrors: { "Debian/bookworm": "http://mirror.test/debian/" } });
    expect(await readFile(join(first.path, "index.json"), "utf8")).toContain('"htop"');
    expect(await write(directory)).toEqual({ ...first, programs: AGAIN });
  });

  test("reads them again after an update of a list", async ({ directory }) => {
    await setUpApt(directory);
    const first = await write(directory);
    await writeFile(join(directory, PACKAGES), packageOf("htop", "3.2.2-3"));
    const second = await write(directory);
    expect(second.programs).toEqual(ANEW);
    expect(second.revision).not.toBe(first.revision);
    expect((await write(directory)).programs).toEqual(AGAIN);
  });

  test("has the mirrors of now, under the same revision", async ({ directory }) => {
    await setUpApt(directory);
    const first = await write(directory);
    await writeFile(join(directory, "apt/etc/apt/sources.list"), SOURCE.replace("mirror", "other"));
    const lists = { [PACKAGES]: packageOf("htop", "3.2.2-2"), [`${LISTS}_Release`]: RELEASE };
    await writeTree(
      directory,
      Object.fromEntries(Object.entries(lists).map(([file, text]) => [file.replace("mirror", "other"), text])),
    );
    const second = await write(directory);
    expect(second).toEqual({ ...first, mirrors: { "Debian/bookworm": "http://other.test/debian/" } });
    expect(await write(directory)).toEqual({ ...second, programs: AGAIN });
  });

  test.for([
    ["apt/etc/apt/sources.list", `# ${SOURCE}`],
    ["apt/etc/apt/sources.list.d/more.list", SOURCE.replace("bookworm", "bookworm-updates")],
    ["apt/etc/apt/apt.conf.d/arm", 'APT::Architectures { "amd64"; "arm64"; };\n'],
    [`${LISTS}-updates_Release`, RELEASE],
  ] as const)("asks apt again after a change of %s", async ([file, text], { directory }) => {
    await setUpApt(directory);
    await write(directory);
    await writeFile(join(directory, file), text);
    // Without sources there is no set.
    await write(directory).catch(() => {});
    expect(programs()).toContain("apt-get");
  });
});

test("apt's places are absolute paths", () => {
  const text = "lists='/var/lib/apt/lists/'\nsourceList='/etc/apt/sources.list'\nsourceParts='/etc/apt/a b.d/'\n";
  const places = { lists: "/var/lib/apt/lists/", sourceList: "/etc/apt/sources.list", sourceParts: "/etc/apt/a b.d/" };
  expect(parsePlaces(text)).toEqual(places);
});
