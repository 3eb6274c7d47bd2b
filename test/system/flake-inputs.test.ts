import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { rejection, writeTree } from "../origin/fixtures.ts";
import { removeFolder } from "../remove-folder.ts";
import { LOCK_FORMS, narHashOf, serveArchive, writeLockedFlake } from "./locked-flake.ts";
import { pullFromSource, SYSTEM } from "./source-pull.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-inputs-"));
});

afterAll(() => removeFolder(directory));

async function pull(flake: string): Promise<string> {
  const env = { PATH: process.env["PATH"] ?? "", CORNICE_FLAKE: flake };
  const { packages } = await pullFromSource({ directory, env, name: "hello" });
  return readFile(packages[0]?.path ?? "", "utf8");
}

it.each(LOCK_FORMS)(
  "a flake uses inputs of all kinds as Nix %s locks them, and needs no network again",
  async (_, form) => {
    const { flake, text, calls, close } = await writeLockedFlake(directory, form, randomUUID());
    const day = "lastModified" in form.archive ? "20240229235958" : "no day";
    expect(await pull(flake)).toBe(text(day));
    const asked = calls();
    expect(asked).toBeGreaterThan(0);
    expect(await pull(flake)).toBe(text(day));
    expect(calls()).toBe(asked);
    await close();
    expect(await pull(flake)).toBe(text(day));
  },
);

it("an input that the server refuses says what a private one needs", async () => {
  const files = await writeTree(join(directory, randomUUID()), { text: randomUUID() });
  const { url } = await serveArchive(files, onTestFinished, 404);
  const locked = { type: "tarball", url, narHash: await narHashOf(files) };
  const nodes = { x: { flake: false, locked, original: {} }, root: { inputs: { x: "x" } } };
  const flake = await writeTree(join(directory, randomUUID()), {
    "flake.nix": `{ inputs.x = { url = "x"; flake = false; }; outputs = { self, x }: { packages.${SYSTEM}.hello = import x; }; }`,
    "flake.lock": JSON.stringify({ nodes, root: "root", version: 7 }),
  });
  const error = String(await rejection(pull(flake)));
  expect(error).toContain("HTTP error 404");
  expect(error).toContain("if this input is private, the operator can set CORNICE_NIX_ACCESS_TOKENS (GitHub, GitLab)");
});
