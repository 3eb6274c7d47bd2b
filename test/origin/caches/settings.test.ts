import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parseNixConf } from "../../../origin/caches/nix-conf.ts";
import { readBinaryCaches } from "../../../origin/caches/read-settings.ts";
import { type CacheSources, parseBinaryCaches } from "../../../origin/caches/settings.ts";
import { ConfigError } from "../../../origin/system/settings.ts";
import { rejection, test } from "../fixtures.ts";
import { makeKey } from "./signed-path.ts";

const [A, B] = [makeKey("a-1"), makeKey("b-1")];
const NONE = { substituters: undefined, trustedKeys: undefined, downloadSilenceS: 60 };

function parsed(confs: readonly string[], own: Partial<CacheSources> = {}) {
  const problems: string[] = [];
  const settings = parseBinaryCaches({ ...NONE, confs: confs.map(parseNixConf), netrc: [], ...own }, problems);
  return {
    caches: settings?.caches.map(({ shown, isTrusted }) => (isTrusted ? `${shown} trusted` : shown)),
    keys: settings?.keys.map(({ name }) => name),
    problems,
  };
}

const NIXOS = "https://cache.nixos.org";
const NIXOS_KEY = "cache.nixos.org-1";

describe("caches and keys", () => {
  test.each<
    [
      what: string,
      confs: string[],
      own: Partial<CacheSources>,
      caches: string[] | undefined,
      keys: string[] | undefined,
    ]
  >([
    ["Nix's own ones", [], {}, [NIXOS], [NIXOS_KEY]],
    ["of the machine", ["substituters = https://a"], {}, ["https://a"], [NIXOS_KEY]],
    ["beside Nix's own ones", ["extra-substituters = https://a"], {}, [NIXOS, "https://a"], [NIXOS_KEY]],
    ["of older names", ["binary-caches = https://a"], {}, ["https://a"], [NIXOS_KEY]],
    [
      "of the operator's file",
      ["substituters = https://a", "substituters = https://b"],
      {},
      ["https://b"],
      [NIXOS_KEY],
    ],
    ["of several lines", ["extra-substituters = /a\nextra-substituters = /b"], {}, [NIXOS, "/a", "/b"], [NIXOS_KEY]],
    [
      "of the setting",
      ["extra-substituters = https://a"],
      { substituters: "https://b /c" },
      ["https://b", "/c"],
      [NIXOS_KEY],
    ],
    ["each once", [], { substituters: "/a /a" }, ["/a"], [NIXOS_KEY]],
    ["none", [], { substituters: "" }, undefined, undefined],
    ["none of the machine", ["substituters ="], {}, undefined, undefined],
    ["other keys", [`trusted-public-keys = ${A.publicText}`], {}, [NIXOS], ["a-1"]],
    ["further keys", [`extra-trusted-public-keys = ${A.publicText}`], {}, [NIXOS], [NIXOS_KEY, "a-1"]],
    [
      "the setting's keys",
      [`trusted-public-keys = ${A.publicText}`],
      { trustedKeys: B.publicText },
      [NIXOS],
      ["a-1", "b-1"],
    ],
    ["without signatures", ["require-sigs = false"], {}, [`${NIXOS} trusted`], [NIXOS_KEY]],
    ["with signatures again", ["require-sigs = false", "require-sigs = true"], {}, [NIXOS], [NIXOS_KEY]],
    ["comments and other lines", ["# x\ninclude y\nconstructor = 4\nsubstituters = /a # b"], {}, ["/a"], [NIXOS_KEY]],
  ])("%s", (_, confs, own, caches, keys) => {
    expect(parsed(confs, own)).toEqual({ caches, keys, problems: [] });
  });

  test("have all their problems told at once", () => {
    expect(parsed(["trusted-public-keys = x"], { substituters: "ftp://a x" }).problems).toEqual([
      "the binary cache ftp://a: it must be an address of the kind https://, http://, file:///folder or s3://bucket",
      "the binary cache x: it must be an address of the kind https://, http://, file:///folder or s3://bucket",
      '"x" is no public key of a binary cache: <name>:<44 characters>',
    ]);
  });
});

describe("files", () => {
  const text = "machine a.example login reader password secret";
  const authorization = `Basic ${Buffer.from("reader:secret").toString("base64")}`;

  test.for(["netrc", "other"])("the machine's nix.conf and %s are read", async (name, { directory }) => {
    const own = name === "netrc" ? "" : `netrc-file = ${join(directory, name)}\n`;
    await writeFile(join(directory, "nix.conf"), `${own}substituters = https://a.example`);
    await writeFile(join(directory, name), text);
    const settings = await readBinaryCaches({
      ...NONE,
      nixConf: undefined,
      netrcFile: undefined,
      nixFolder: directory,
    });
    expect(settings?.caches).toMatchObject([{ shown: "https://a.example", headers: { authorization } }]);
    expect(settings?.silenceMs).toBe(60_000);
  });

  test("the operator's files have priority", async ({ directory }) => {
    const [nixConf, netrcFile] = [join(directory, "own.conf"), join(directory, "own.netrc")];
    await writeFile(join(directory, "nix.conf"), "substituters = https://b.example");
    await writeFile(join(directory, "netrc"), "default login wrong password wrong");
    await writeFile(nixConf, "substituters = https://a.example");
    await writeFile(netrcFile, text);
    const settings = await readBinaryCaches({ ...NONE, nixConf, netrcFile, nixFolder: directory });
    expect(settings?.caches).toMatchObject([{ shown: "https://a.example", headers: { authorization } }]);
  });

  test("a machine may have none", async ({ directory }) => {
    const settings = await readBinaryCaches({
      ...NONE,
      nixConf: undefined,
      netrcFile: undefined,
      nixFolder: directory,
    });
    expect(settings?.caches).toMatchObject([{ shown: NIXOS }]);
  });

  test("an operator's file that is missing is a problem", async ({ directory }) => {
    const nixConf = join(directory, "own.conf");
    const error = await rejection(readBinaryCaches({ ...NONE, nixConf, netrcFile: undefined, nixFolder: directory }));
    expect(error instanceof ConfigError && error.problems).toEqual([
      `CORNICE_NIX_CONF: ${nixConf} cannot be read: ENOENT: no such file or directory, open '${nixConf}'`,
    ]);
  });
});
