import { describe, expect, vi } from "vitest";
import { ensureNix } from "../../start/ensure-nix.ts";
import { StartError } from "../../start/machine/start-error.ts";
import { containing } from "../matchers.ts";
import { rejection, test, writeTree } from "../origin/fixtures.ts";

const GIT = { program: "git", debianPackage: "git" };
const PROGRAM = { program: "#!/bin/sh\n" };
const CHANNEL = { kind: "channel", channel: "nixos-25.11" } as const;

/** Programs that say they are Nix of this version. */
const nix = (version: string) => ({
  "nix-instantiate": { program: `#!/bin/sh\necho 'nix-instantiate (Nix) ${version}'\n` },
  ...Object.fromEntries(["nix", "nix-daemon", "nix-store", "git"].map((name) => [name, PROGRAM])),
});

interface Situation {
  readonly source?: typeof CHANNEL | undefined;
  readonly isRoot?: boolean;
  readonly installs?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** PATH has only the programs in `bin`. */
function ensure(directory: string, { isRoot = true, installs = true, env = {}, ...changed }: Situation = {}) {
  const path = `${directory}/bin`;
  return ensureNix({
    source: CHANNEL,
    programs: [GIT],
    env: { PATH: path, HOME: directory, XDG_CACHE_HOME: `${directory}/cache`, ...env },
    install: { path, isRoot, installs, log: vi.fn() },
    signal: new AbortController().signal,
    ...changed,
  });
}

function inBin(files: Readonly<Record<string, { readonly program: string }>>) {
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [`bin/${name}`, file]));
}

describe("nothing is brought", () => {
  test.for(["2.18.0", "2.34.8"])("if Nix is new enough: %s", async (version, { directory }) => {
    await writeTree(directory, inBin(nix(version)));
    expect(await ensure(directory)).toEqual({});
  });

  test("for the starter set, which works with any Nix", async ({ directory }) => {
    await writeTree(directory, inBin(nix("2.8.0")));
    expect(await ensure(directory, { source: undefined })).toEqual({});
  });
});

describe("one sentence says what to do", () => {
  test("if nothing may be installed", async ({ directory }) => {
    await writeTree(directory, inBin({ ...nix("2.8.0"), "apt-get": PROGRAM }));
    const error = await rejection(ensure(directory, { installs: false }));
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({
      message: containing('this machine has 2.8.0; run "bin/cornice serve --prepare" as root, or install a newer Nix'),
    });
  });

  test("if CORNICE_NIX_BIN names a Nix that is too old", async ({ directory }) => {
    await writeTree(directory, { ...inBin(nix("2.34.8")), ...nix("2.8.0") });
    const error = await rejection(ensure(directory, { env: { CORNICE_NIX_BIN: directory } }));
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({
      message: `channel:nixos-25.11 needs Nix 2.18 or newer, and ${directory} has 2.8.0; name a newer one with CORNICE_NIX_BIN`,
    });
  });

  test.for([
    ["apt-get fails", "#!/bin/sh\necho 'E: no network' >&2; exit 100\n", "apt-get failed: no network"],
    [
      "the clock is wrong",
      "#!/bin/sh\necho 'E: Release file for http://a/ is not valid yet (invalid for another 400d)' >&2; exit 100\n",
      "apt-get failed: Release file for http://a/ is not valid yet (invalid for another 400d) (is the clock of this machine right?)",
    ],
  ])("if %s", async ([, program = "", reason], { directory }) => {
    await writeTree(directory, inBin({ ...nix("2.8.0"), "apt-get": { program } }));
    vi.stubEnv("PATH", `${directory}/bin:/usr/bin:/bin`);
    const error = await rejection(ensure(directory));
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({
      message:
        "channel:nixos-25.11 needs Nix 2.18 or newer, and this machine has 2.8.0; Debian's newer one cannot be had here, " +
        `because ${reason}; install a newer Nix (https://nixos.org/download), or name the folder of its programs with CORNICE_NIX_BIN`,
    });
    vi.unstubAllEnvs();
  });

  test("if another user has no Nix, and so no daemon", async ({ directory }) => {
    await writeTree(directory, inBin({ git: PROGRAM, "apt-get": PROGRAM }));
    const error = await rejection(ensure(directory, { isRoot: false }));
    expect(error).toMatchObject({
      message: containing("apt-get install -y --no-install-recommends nix-setup-systemd"),
    });
  });
});
