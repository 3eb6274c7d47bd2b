import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listAt, memberAt, objectOf } from "../json.ts";
import { containing } from "../matchers.ts";
import { type Outcome, run } from "./program.ts";
import { REPOSITORY } from "./registry.ts";

const URL_SETTING = 'CORNICE_REGISTRY_URL = "https://registry.example";';
const SERVE = `serve = { enable = true; settings = { ${URL_SETTING} }; };`;
const ORIGIN = 'origin = { enable = true; environmentFile = "/run/secrets/origin.env"; };';

/** Evaluates the module for values of `services.cornice`. */
function evaluate(definition: string): Promise<Outcome> {
  const module = ["--arg", "module", join(REPOSITORY, "nix/module.nix")];
  const evaluator = join(REPOSITORY, "test/system/nixos-module.nix");
  return run("nix-instantiate", [
    "--eval",
    "--strict",
    "--json",
    ...module,
    "--arg",
    "definition",
    `{ ${definition} }`,
    evaluator,
  ]);
}

/** What the module defines. */
async function configOf(definition: string): Promise<unknown> {
  const { code, stdout, stderr } = await evaluate(definition);
  expect(code, stderr).toBe(0);
  return objectOf(stdout);
}

/** The directives of a section of a unit, each with its values in order. */
async function section(unit: string, name: string): Promise<Record<string, string[]>> {
  const text = await readFile(join(REPOSITORY, "deploy/systemd", unit), "utf8");
  const body = text.split(`[${name}]`)[1]?.split(/^\[/m)[0] ?? "";
  const entries: Record<string, string[]> = {};
  for (const [, directive = "", value = ""] of body.matchAll(/^(\w+)=(.*)$/gm)) (entries[directive] ??= []).push(value);
  return entries;
}

/** The messages of the assertions that do not hold. */
async function refusals(definition: string): Promise<unknown[]> {
  const assertions = listAt(await configOf(definition), "assertions");
  return assertions.filter((each) => memberAt(each, "assertion") === false).map((each) => memberAt(each, "message"));
}

describe("the NixOS module", () => {
  it("defines nothing unless somebody asks for it", async () => {
    expect(await configOf("")).toEqual({});
  });

  it("runs the registry as its unit does", async () => {
    const settings = `{ ${URL_SETTING} CORNICE_MAX_BUILDS = 3; CORNICE_INDEX = false; }`;
    const config = await configOf(`serve = { enable = true; settings = ${settings}; environmentFile = "/run/env"; };`);
    const service = memberAt(config, "systemd", "services", "cornice");
    const unit = await section("cornice.service", "Service");
    expect(memberAt(service, "serviceConfig")).toEqual({ ...unit, EnvironmentFile: ["/run/env"] });
    expect(memberAt(service, "environment")).toEqual({
      CORNICE_REGISTRY_URL: "https://registry.example",
      CORNICE_MAX_BUILDS: "3",
      CORNICE_INDEX: "false",
    });
    expect(memberAt(service, "wantedBy")).toEqual(["multi-user.target"]);
    expect(memberAt(config, "systemd")).not.toHaveProperty("timers");
  });

  it("runs an origin as its unit does, from another folder", async () => {
    const service = memberAt(await configOf(`${ORIGIN} folder = "/srv/c";`), "systemd", "services", "cornice-origin");
    const unit = await section("cornice-origin.service", "Service");
    expect(memberAt(service, "serviceConfig")).toEqual({
      ...unit,
      WorkingDirectory: ["/srv/c"],
      ExecStart: ["/srv/c/node_modules/.bin/node --max-semi-space-size=2 origin/service/main.ts"],
      EnvironmentFile: ["/run/secrets/origin.env"],
    });
  });

  it("cleans up each night", async () => {
    const config = await configOf(`${SERVE} gc.enable = true;`);
    expect(memberAt(config, "systemd", "timers", "cornice-gc", "timerConfig")).toEqual(
      await section("cornice-gc.timer", "Timer"),
    );
    const files = memberAt(config, "systemd", "services", "cornice-gc", "serviceConfig", "EnvironmentFile");
    expect(files).toEqual(["-/var/lib/cornice/origin.env"]);
  });

  it.each([
    ["both services", `${SERVE} ${ORIGIN}`, "services.cornice.serve has an origin of its own"],
    ["a registry without a URL", "serve.enable = true;", "settings needs CORNICE_REGISTRY_URL"],
    ["a secret for everybody", ORIGIN.replace("};", 'settings.CORNICE_ORIGIN_SECRET = "x"; };'), "would show a secret"],
    [
      "a key for everybody",
      ORIGIN.replace("};", 'settings.CORNICE_SIGNING_KEY = "-----BEGIN PRIVATE KEY-----"; };'),
      "would show a secret",
    ],
  ])("refuses %s", async (_, definition, message) => {
    expect(await refusals(definition)).toEqual([containing(message)]);
  });

  it.each([
    [
      "a setting that is a list",
      "serve = { enable = true; settings.CORNICE_PORT = [ 80 ]; };",
      "services.cornice.serve.settings",
    ],
    ["a word for yes", 'serve.enable = "yes";', "services.cornice.serve.enable has a value of another type"],
    ["an option that does not exist", "serv.enable = true;", "there is no option services.cornice.serv"],
  ])("does not take %s", async (_, definition, message) => {
    const { code, stderr } = await evaluate(definition);
    expect([code, stderr]).toEqual([1, containing(message)]);
  });

  it("takes everything that it defines as it is", async () => {
    expect(await refusals(`${SERVE} gc.enable = true;`)).toEqual([]);
    expect(await refusals(ORIGIN)).toEqual([]);
  });
});
