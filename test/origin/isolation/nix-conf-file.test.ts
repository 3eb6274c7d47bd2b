import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parseNixConf, readNixFiles } from "../../../origin/isolation/nix-conf-file.ts";
import { ConfigError } from "../../../origin/system/settings.ts";
import { rejection, test } from "../fixtures.ts";

describe("the operator's file for Nix", () => {
  test("gives the settings that are passed on", () => {
    const text = "# comment\n\ncores = 4 # all\nbuilders = ssh://a x86_64-linux\nextra-platforms = i686-linux\n";
    expect(parseNixConf(text)).toEqual({
      settings: new Map([
        ["cores", "4"],
        ["builders", "ssh://a x86_64-linux"],
        ["extra-platforms", "i686-linux"],
      ]),
      problems: [],
    });
  });

  test("adds to a list", () => {
    const { settings } = parseNixConf("substituters = https://a\nextra-substituters = https://b");
    expect([...settings]).toEqual([["substituters", "https://a https://b"]]);
  });

  test.each([
    [
      "post-build-hook = /bin/sh",
      "line 1 sets post-build-hook, which is not passed on to Nix; these settings are: auto-optimise-store,",
    ],
    ["\ntrusted-users = *", "line 2 sets trusted-users, which is not passed on"],
    ["extra-trusted-users = *", "line 1 sets extra-trusted-users, which is not passed on"],
    ["include /etc/nix/nix.conf", 'line 1 is "include /etc/nix/nix.conf"; it must be a name, = and a value'],
  ])("refuses %j", (text, problem) => {
    const { settings, problems } = parseNixConf(text);
    expect([...settings]).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });
});

describe("the start says", () => {
  const problemOf = async (settings: { netrcFile?: string; nixConf?: string }) => {
    const error = await rejection(readNixFiles({ substituters: undefined, ...settings }));
    return error instanceof ConfigError ? error.problems : [String(error)];
  };

  test("that others may read the passwords", async ({ directory }) => {
    const netrcFile = join(directory, "netrc");
    await writeFile(netrcFile, "machine a login b password c\n");
    await chmod(netrcFile, 0o640);
    const problem = `CORNICE_NIX_NETRC: other users may read or write ${netrcFile}; run: chmod 600 ${netrcFile}`;
    expect(await problemOf({ netrcFile })).toEqual([problem]);
    await chmod(netrcFile, 0o600);
    expect([...(await readNixFiles({ substituters: undefined, netrcFile }))]).toEqual([]);
  });

  test("that a file is missing", async ({ directory }) => {
    const [netrcFile, nixConf] = [join(directory, "a"), join(directory, "b")];
    expect(await problemOf({ netrcFile, nixConf })).toEqual([
      `CORNICE_NIX_NETRC: ${netrcFile} does not exist`,
      `CORNICE_NIX_CONF: ${nixConf} does not exist`,
    ]);
  });
});
