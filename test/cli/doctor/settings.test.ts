import { describe, expect, test } from "vitest";
import { checkSettings } from "../../../cli/doctor/settings.ts";
import { matching } from "../../matchers.ts";

const R2 = { R2_ENDPOINT: "http://r2", R2_BUCKET: "b", R2_ACCESS_KEY_ID: "i", R2_SECRET_ACCESS_KEY: "k" };
const KV = { KV_API_URL: "http://kv", KV_NAMESPACE_ID: "n", KV_API_TOKEN: "t" };
const WHOLE = { ...R2, ...KV, CORNICE_PKGS_PATH: "/packages", CORNICE_ORIGIN_SECRET: "s".repeat(32) };

function statesOf(env: Readonly<Record<string, string>>): readonly string[] {
  return checkSettings(env, 1).findings.map(({ state, message }) => `${state}: ${message}`);
}

describe("the settings", () => {
  test("are read as the origin reads them", () => {
    const { config, r2, kv } = checkSettings(WHOLE, 1);
    expect([config?.secrets, r2?.bucket, kv?.namespaceId]).toEqual([[WHOLE.CORNICE_ORIGIN_SECRET], "b", "n"]);
    expect(statesOf(WHOLE)).toEqual(["ok: the origin can read all its settings"]);
  });

  test("show all problems at once, and each says what to do", () => {
    const wrong = { ...WHOLE, CORNICE_ORIGIN_SECRET: "short", CORNICE_KEPT_MIB: "much", CORNICE_CHANEL: "nixos-25.11" };
    expect(statesOf(wrong)).toEqual([
      "problem: CORNICE_CHANEL is no setting; did you mean CORNICE_CHANNEL?",
      matching(/^problem: CORNICE_KEPT_MIB is "much"/),
      "problem: CORNICE_ORIGIN_SECRET has 5 characters; use at least 32",
    ]);
    expect(checkSettings(wrong, 1).findings.every(({ advice }) => advice !== undefined)).toBe(true);
  });

  test("of one store can be used while those of the other are wrong", () => {
    const { config, r2, kv } = checkSettings({ ...WHOLE, KV_API_URL: "kv" }, 1);
    expect([config, r2?.bucket, kv]).toEqual([undefined, "b", undefined]);
  });

  test("that no release knows are told", () => {
    expect(statesOf({ ...WHOLE, CORNICE_FAVOURITE_COLOUR: "red", OTHER: "x" })).toEqual([
      "ok: the origin can read all its settings",
      "warning: CORNICE_FAVOURITE_COLOUR is no setting of this release",
    ]);
  });
});
