import type { Settings } from "../system/settings.ts";
import { compareText } from "../../protocol/compare-text.ts";

/** As in `openssl-1.1.1w`: a derivation's name. */
const PACKAGE_NAME = /^[\w+.?=-]+$/;

/**
 * nixpkgs' configuration as JSON, with what the operator allows beyond its defaults; undefined for nothing.
 * Equal settings give equal texts.
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
