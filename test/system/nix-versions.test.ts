import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { NEWER_SUITES } from "../../start/machine/debian-nix.ts";
import { withStore } from "../stand-in/own-store.ts";
import { removeFolder } from "../remove-folder.ts";
import { newerNix } from "./newer-nix.ts";
import { output } from "./program.ts";
import { REPOSITORY, testPackages } from "./registry.ts";

let directory: string;
let source: Record<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-versions-"));
  source = await testPackages(directory, randomUUID());
});

afterAll(() => removeFolder(directory));

/** The digest of an image. Its packages are built in a store of their own by the Nix that CORNICE_NIX_BIN names. */
async function digestWith(name: string, nixBin: string): Promise<string | undefined> {
  const env = { PATH: "/usr/bin:/bin", HOME: join(directory, name), ...source, CORNICE_NIX_BIN: nixBin };
  const args = ["build", "world", "-o", join(directory, `${name}.tar`), "--no-cache"];
  const command = withStore(join(directory, `nix-${name}`), { file: join(REPOSITORY, "bin/cornice"), args, env });
  return /sha256:[0-9a-f]{64}/.exec(await output(command.file, command.args, { env: command.env }))?.[0];
}

it("every version of Nix gives the same image", async () => {
  const digests = [await digestWith("own", "/usr/bin/nix")];
  for (const suite of NEWER_SUITES) digests.push(await digestWith(suite, await newerNix(suite)));
  expect(digests[0]).toMatch(/^sha256:/);
  expect(new Set(digests).size, digests.join("\n")).toBe(1);
});
