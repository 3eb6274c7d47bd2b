import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cacheDirectory } from "../../cli/cache.ts";
import { dockerFolder } from "../../cli/registry/docker-config.ts";
import { configuredPassword } from "../../cli/verify-password.ts";
import { ownFile } from "../../deploy/own-settings.ts";
import { parseCollectionTimes } from "../../origin/garbage/settings.ts";
import { parseConfig, parseIndexConfig } from "../../origin/service/config.ts";
import { KNOWN_SETTINGS } from "../../origin/system/known-settings.ts";
import { ConfigError, type Environment, Settings } from "../../origin/system/settings.ts";
import { parseServeConfig } from "../../start/serve-config.ts";
import { parseStartConfig } from "../../start/start-config.ts";
import { documentedSettings, refusal } from "./settings-table.ts";

const CPUS = 3;
const REPOSITORY = process.cwd();
const DOCUMENTED = documentedSettings(readFileSync(join(REPOSITORY, "docs/settings.md"), "utf8")).filter(
  ({ section }) => section !== "The Worker",
);

/** Defaults that depend on the machine. */
const COMPUTED = new Map([
  ["CORNICE_PACKERS", `${CPUS}`],
  ["CORNICE_MAX_BUILDS", `${CPUS + 1}`],
]);

/** Only settings that take any text accept this value. */
const NONSENSE = "no such value";

/** A program that reads settings. `parse` returns its whole configuration, or throws a `ConfigError`. */
interface Program {
  readonly name: string;
  readonly env: Environment;
  readonly parse: (env: Environment) => unknown;
}

const ORIGIN = {
  CORNICE_PKGS_PATH: "/packages",
  CORNICE_ORIGIN_SECRET: "a secret of thirty-two characters",
  KV_API_URL: "https://kv.example",
  KV_NAMESPACE_ID: "1",
  KV_API_TOKEN: "token",
  R2_ENDPOINT: "https://r2.example",
  R2_BUCKET: "images",
  R2_ACCESS_KEY_ID: "1",
  R2_SECRET_ACCESS_KEY: "2",
};

const PROGRAMS: readonly Program[] = [
  { name: "the origin", env: ORIGIN, parse: (env) => parseConfig(env, CPUS) },
  { name: "the index", env: ORIGIN, parse: (env) => parseIndexConfig(env, CPUS) },
  { name: "npm start", env: {}, parse: parseStartConfig },
  { name: "bin/cornice serve", env: { CORNICE_REGISTRY_URL: "https://registry.example" }, parse: parseServeConfig },
  { name: "bin/cornice", env: {}, parse: cacheDirectory },
  { name: "bin/cornice verify", env: {}, parse: verifySettings },
  { name: "bin/cornice gc", env: {}, parse: collectionSettings },
  { name: "npm run deploy", env: {}, parse: (env) => ownFile(env, REPOSITORY) },
];

function collectionSettings(env: Environment): unknown {
  const settings = new Settings(env);
  const times = parseCollectionTimes(settings, {});
  settings.throwIfAny();
  return times;
}

function verifySettings(env: Environment): readonly unknown[] {
  return [dockerFolder(env), configuredPassword(env)];
}

/** The names of the settings that a program reads. */
function settingsOf({ env, parse }: Program): ReadonlySet<string> {
  const names = new Set<string>();
  const get = (_: Environment, name: string) => {
    names.add(name);
    return env[name];
  };
  parse(new Proxy<Environment>({}, { get }));
  return names;
}

function problemsOf({ env, parse }: Program, changes: Environment): readonly string[] {
  try {
    parse({ ...env, ...changes });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const READ = PROGRAMS.map((program) => ({ program, names: settingsOf(program) }));

/** Each documented setting with each program that reads it. */
const READERS = DOCUMENTED.flatMap((setting) =>
  READ.filter(({ names }) => names.has(setting.name)).map(({ program }) => ({ setting, program })),
);
const CASES = READERS.map((reader) => [reader.setting.name, reader.program.name, reader] as const);

describe("docs/settings.md", () => {
  test("lists the settings that the programs read, and no other", () => {
    const read = new Set(READ.flatMap(({ names }) => [...names]));
    expect([...new Set(DOCUMENTED.map(({ name }) => name))].toSorted()).toEqual([...read].toSorted());
  });

  test("has the names that are known at the start", () => {
    const names = DOCUMENTED.map(({ name }) => name).filter((name) => name.startsWith("CORNICE_"));
    expect([...new Set(names)].toSorted()).toEqual(KNOWN_SETTINGS.map((name) => `CORNICE_${name}`).toSorted());
  });

  test.each(
    PROGRAMS.filter(({ parse }) => parse !== cacheDirectory && parse !== verifySettings).map(
      (program) => [program.name, program] as const,
    ),
  )("a misspelt name is refused by %s", (_, program) => {
    expect(problemsOf(program, { CORNICE_CHANEL: "nixos-25.11", CORNICE_SERVICE_HOST: "10.0.0.1" })).toEqual([
      "CORNICE_CHANEL is no setting; did you mean CORNICE_CHANNEL?",
    ]);
  });

  test.each(CASES)("has the default of %s, for %s", (name, _, { setting, program }) => {
    if (setting.isRequired) expect(problemsOf(program, { [name]: undefined }).join("\n")).toContain(name);
    const fallback = COMPUTED.get(name) ?? setting.fallback;
    if (fallback !== undefined)
      expect(program.parse({ ...program.env, [name]: fallback })).toEqual(program.parse(program.env));
  });

  test.each(CASES)("has the values of %s, for %s", (name, _, { setting: { values }, program }) => {
    const problem = problemsOf(program, { [name]: NONSENSE }).join("\n");
    if (values) expect(problem).toMatch(refusal(values));
    else expect(problem).not.toMatch(/must be (?:a whole number|\w+ or \w+$)/m);
  });
});
