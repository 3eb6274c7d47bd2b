import { expect, test } from "vitest";
import { parseNixpkgsConfig } from "../../../origin/nix/nixpkgs-config.ts";
import { Settings } from "../../../origin/system/settings.ts";

test.each([
  [{}, undefined],
  [{ CORNICE_ALLOW_BROKEN: "false", CORNICE_ALLOW_INSECURE: " " }, undefined],
  [{ CORNICE_ALLOW_BROKEN: "true" }, '{"allowBroken":true}'],
  [{ CORNICE_ALLOW_UNFREE: "true" }, '{"allowUnfree":true}'],
  [{ CORNICE_ALLOW_UNSUPPORTED: "true" }, '{"allowUnsupportedSystem":true}'],
  [
    { CORNICE_ALLOW_INSECURE: "python-2.7.18  openssl-1.1.1w python-2.7.18" },
    '{"permittedInsecurePackages":["openssl-1.1.1w","python-2.7.18"]}',
  ],
])("%j gives the nixpkgs configuration %s", (env, config) => {
  const settings = new Settings(env);
  expect(parseNixpkgsConfig(settings)).toBe(config);
  expect(settings.problems).toEqual([]);
});

test.each([
  [{ CORNICE_ALLOW_UNFREE: "yes" }, 'CORNICE_ALLOW_UNFREE is "yes"; it must be true or false'],
  [
    { CORNICE_ALLOW_INSECURE: "openssl-1.1.1w,python" },
    'CORNICE_ALLOW_INSECURE has "openssl-1.1.1w,python"; it must be package names with versions, separated by spaces',
  ],
])("%j is refused", (env, problem) => {
  const settings = new Settings(env);
  parseNixpkgsConfig(settings);
  expect(settings.problems).toEqual([problem]);
});
