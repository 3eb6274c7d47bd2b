import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import docs from "../../docs/settings.md?raw";
import { type Bindings, parseConfig } from "../../worker/settings.ts";
import { documentedSettings, refusal } from "../docs/settings-table.ts";

const DOCUMENTED = documentedSettings(docs).filter(({ section }) => section === "The Worker");
const CASES = DOCUMENTED.map((setting) => [setting.name, setting] as const);

/** Bindings of `wrangler.toml` that are no settings. */
const RESOURCES = new Set(["ASSETS", "BUILDS", "KV", "LOST_BLOBS", "PULLS", "R2"]);
/** Settings that the Worker reads for each request, or for each call to an origin. */
const READ_LATER = ["ORIGIN_CERT", "REQUEST_LOG"];
/** Settings that the Worker's tests replace for all files. */
const REPLACED = new Set(["PLATFORMS", "REQUEST_LOG"]);
/** Only a setting that takes any text takes this. */
const NONSENSE = "no such value";

/** The names of the settings and resources that the Worker reads when it starts. */
function namesRead(): ReadonlySet<string> {
  const names = new Set<string>();
  const get = (bindings: Bindings, name: string): unknown => {
    names.add(name);
    return Reflect.get(bindings, name);
  };
  parseConfig(new Proxy<Bindings>(env, { get }));
  return names;
}

/** The configuration as JSON, to compare it. Functions are left out. */
function configJson(changes: Partial<Record<string, string | undefined>>): string {
  return JSON.stringify(parseConfig({ ...env, ...changes }));
}

function problemsOf(changes: Partial<Record<string, string | undefined>>): string {
  try {
    parseConfig({ ...env, ...changes });
    return "";
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : "no cause";
  }
}

describe("docs/settings.md", () => {
  test("lists the Worker's settings, and no others", () => {
    const read = [...namesRead(), ...READ_LATER].filter((name) => !RESOURCES.has(name));
    expect(DOCUMENTED.map(({ name }) => name).toSorted()).toEqual(read.toSorted());
  });

  test.each(CASES)("has the default of %s", (name, { fallback, isRequired }) => {
    if (isRequired) expect(problemsOf({ [name]: undefined })).toContain(name);
    if (fallback !== undefined) expect(configJson({ [name]: fallback })).toBe(configJson({ [name]: undefined }));
  });

  test.each(CASES)("has the default of %s that wrangler.toml states", (name, { fallback }) => {
    const stated: unknown = Reflect.get(env, name);
    if (fallback !== undefined && stated !== undefined && !REPLACED.has(name)) expect(stated).toBe(fallback);
  });

  test.each(CASES)("has the values of %s", (name, { values }) => {
    const problem = problemsOf({ [name]: NONSENSE });
    if (values) expect(problem).toMatch(refusal(values));
    else expect(problem).not.toMatch(/must be (?:a whole number|\w+ or \w+$)/m);
  });
});
