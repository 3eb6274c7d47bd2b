import { describe, expect, it } from "vitest";
import { misspeltSettings } from "../../../origin/system/known-settings.ts";

describe("a variable", () => {
  it.each([
    ["CORNICE_CHANEL", "CORNICE_CHANNEL"],
    ["CORNICE_CHANNELS", "CORNICE_CHANNELS_URL or CORNICE_CHANNEL"],
    ["CORNICE_PKG_PATH", "CORNICE_PKGS_PATH"],
    ["CORNICE_NIX_SANDBX", "CORNICE_NIX_SANDBOX"],
    ["CORNICE_ALLOW_UNFRE", "CORNICE_ALLOW_UNFREE"],
  ])("%s is nearly %s", (name, near) => {
    expect(misspeltSettings(["PATH", name])).toEqual([`${name} is no setting; did you mean ${near}?`]);
  });

  it.each(["CORNICE_CHANNEL", "CORNICE_AUTH", "CORNICE_SERVICE_HOST", "CORNICE_PORT_8787_TCP", "CHANEL", "CORNICE_"])(
    "%s is no mistake",
    (name) => {
      expect(misspeltSettings([name])).toEqual([]);
    },
  );
});
