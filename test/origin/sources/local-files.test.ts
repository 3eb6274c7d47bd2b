import { join } from "node:path";
import { describe, expect } from "vitest";
import { checkLocalFiles } from "../../../origin/sources/local-files.ts";
import { parsePackageSource } from "../../../origin/sources/package-source.ts";
import { Settings } from "../../../origin/system/settings.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

async function check(env: Readonly<Record<string, string>>): Promise<void> {
  const source = parsePackageSource(new Settings(env));
  if (!source) throw new Error("this is no source");
  await checkLocalFiles(source);
}

describe("a source on this machine", () => {
  test.for(["CORNICE_PKGS_PATH", "CORNICE_FLAKE"])("in %s must be there", async (setting, { directory }) => {
    const path = join(directory, "packages");
    expect(await rejection(check({ [setting]: path }))).toMatchObject({
      name: "ConfigError",
      message: `${setting}: there is no ${path}, or this user may not reach it`,
    });
    await writeTree(directory, { "packages/": "" });
    await check({ [setting]: path });
  });
});

test("a source elsewhere needs no files here", async () => {
  await check({ CORNICE_CHANNEL: "nixos-25.11" });
  await check({ CORNICE_FLAKE: "git+https://git.example/set" });
});
