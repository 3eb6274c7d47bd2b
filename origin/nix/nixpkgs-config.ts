import type { Settings } from "../system/settings.ts";
import { compareText } from "../../protocol/compare-text.ts";

/** The name of a derivation, such as `openssl-1.1.1w`. */
const PACKAGE_NAME = /^[\w+.?=-]+$/;

/**
 * The nixpkgs configuration as JSON. It has only the packages that the operator allows beyond nixpkgs' defaults.
 * Returns undefined if there are none. Equal settings give equal texts.
 */
export function parseNixpkgsConfig(settings: Settings): string | undefined {
  const insecure = parseInsecure(settings);
  const config = {
    ...(settings.boolean("CORNICE_ALLOW_BROKEN", false) ? { allowBroken: true } : {}),
    ...(settings.boolean("CORNICE_ALLOW_UNFREE", false) ? { allowUnfree: true } : {}),
    ...(settings.boolean("CORNICE_ALLOW_UNSUPPORTED", false) ? { allowUnsupportedSystem: true } : {}),
    ...(insecure.length > 0 ? { permittedInsecurePackages: insecure } : {}),
  };
  return Object.keys(config).length === 0 ? undefined : JSON.stringify(config);
}

function parseInsecure(settings: Settings): string[] {
  const words = settings.optional("CORNICE_ALLOW_INSECURE")?.split(/\s+/) ?? [];
  const names = [...new Set(words)].filter((word) => word !== "").toSorted(compareText);
  const invalid = names.find((name) => !PACKAGE_NAME.test(name));
  if (invalid !== undefined)
    settings.problems.push(
      `CORNICE_ALLOW_INSECURE has ${JSON.stringify(invalid)}; it must be package names with versions, separated by spaces`,
    );
  return names;
}
