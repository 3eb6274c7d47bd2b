import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LOCK_FORMS, writeLockedFlake } from "./locked-flake.ts";
import { pullFromSource } from "./source-pull.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-inputs-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

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
