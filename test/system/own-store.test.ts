import { randomUUID } from "node:crypto";
import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pathExists } from "../../origin/system/path-exists.ts";
import { until, writeTree } from "../origin/fixtures.ts";
import { withStore } from "../stand-in/own-store.ts";
import { output, run } from "./program.ts";
import { temporaryDirectory } from "./registry.ts";
import { SYSTEM } from "./source-pull.ts";

/** All builds are those of the first member, because no other build of the same store is under way. */
const OPTIONS = Object.entries({ "build-users-group": "nixbld", sandbox: "false", substituters: "" }).flatMap(
  ([name, value]) => ["--option", name, value],
);

it("a builder in a store of its own outlives the builds in the machine's store", async () => {
  await using directory = await temporaryDirectory();
  const file = (name: string) => join(directory.path, name);
  const derivation = (script: string) =>
    `derivation { name = "${randomUUID()}"; system = "${SYSTEM}"; builder = "/bin/sh"; args = [ "-c" "${script}" ]; PATH = "/usr/bin:/bin"; }`;
  await writeTree(directory.path, {
    "long.nix": derivation(
      `> ${file("state/started")}; while [ -e ${file("state/waits")} ]; do sleep 0.1; done; > $out`,
    ),
    "short.nix": derivation("> $out"),
    "state/waits": "",
  });
  await chmod(directory.path, 0o755);
  await chmod(file("state"), 0o777);
  const build = (name: string) => [...OPTIONS, file(name), "--no-out-link"];
  const env = { PATH: "/usr/bin:/bin", HOME: directory.path, NIX_REMOTE: "local" };
  const within = withStore(file("nix"), { file: "nix-build", args: build("long.nix"), env });
  const long = run(within.file, within.args, { env: within.env });
  await until(() => pathExists(file("state/started")));
  await output("nix-build", build("short.nix"), { env });
  await rm(file("state/waits"));
  const { code, stderr } = await long;
  expect(code, stderr).toBe(0);
});
