import { join } from "node:path";
import { expect, test } from "vitest";
import { listAt, objectOf, textAt } from "../json.ts";
import { listContaining } from "../matchers.ts";
import { run } from "./program.ts";
import { REPOSITORY, startRegistry, temporaryDirectory, testPackages } from "./registry.ts";
import { createMachine } from "./served.ts";

/** Reads a file of settings, as docs/doctor.md says. */
const SCRIPT = 'set -a; . "$1"; set +a; shift; exec "$@"';
const CHECKED = ["settings", "r2", "kv", "tls", "secret", "source", "platforms", "origin", "keys", "nix", "disk"];

/** The checks and the problems that `cornice doctor` finds with the operator's settings and those of a state folder. */
async function examine(state: string, host: string, env: Readonly<Record<string, string>>) {
  const command = [join(REPOSITORY, "bin/cornice"), "doctor", "--registry", `http://${host}`, "--json"];
  const file = join(state, "origin.env");
  const { code, stdout } = await run("/bin/sh", ["-c", SCRIPT, "sh", file, ...command], {
    env: { ...process.env, ...env },
  });
  const findings = listAt(objectOf(stdout.trim().split("\n").at(-1) ?? ""), "findings");
  return {
    code,
    checks: findings.map((finding) => textAt(finding, "check")),
    problems: findings.filter((finding) => textAt(finding, "state") === "problem"),
  };
}

test("doctor finds no problem with cornice serve", async () => {
  const machine = await createMachine();
  const registry = await machine.serve();
  const found = await examine(join(machine.directory, "state"), machine.upstream, machine.env);
  expect(found).toEqual({ code: 0, checks: listContaining(CHECKED), problems: [] });
  await registry.stop();
  await machine.remove();
});

test("doctor finds no problem with npm start", async () => {
  await using directory = await temporaryDirectory();
  const env = await testPackages(directory.path, "doctor");
  const stateDirectory = join(directory.path, "state");
  const registry = await startRegistry({ stateDirectory, env });
  expect(await examine(stateDirectory, registry.host, env)).toEqual({
    code: 0,
    checks: listContaining(CHECKED),
    problems: [],
  });
  await registry.stop();
});
