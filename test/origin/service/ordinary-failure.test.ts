import { describe, expect, it } from "vitest";
import { NixFault } from "../../../origin/nix/nix-fault.ts";
import { ordinaryFailure } from "../../../origin/service/ordinary-failure.ts";
import { CommandError } from "../../../origin/system/command.ts";
import { OciError } from "../../../protocol/oci-error.ts";

const FAILED = new CommandError("nix-store ended with exit code 1: builder for '/nix/store/a.drv' failed");

describe("the log has", () => {
  it.each([
    ["the message of a refusal", new OciError("MANIFEST_UNKNOWN", "no such package: a"), "no such package: a"],
    [
      "the message and the reason of a failed program",
      new OciError("MANIFEST_UNKNOWN", "building a failed", { cause: FAILED }),
      `building a failed\n${FAILED.message}`,
    ],
    [
      "the advice and the reason if Nix does not work",
      new NixFault("install Nix", FAILED),
      `install Nix\n${FAILED.message}`,
    ],
  ])("%s, without a stack", (_, error, text) => {
    expect(ordinaryFailure(error)).toBe(text);
  });

  it.each([
    new Error("a defect"),
    new OciError("UNAVAILABLE", "the git repository cannot be reached", { cause: new Error("a defect") }),
  ])("%s with its stack", (error) => {
    expect(ordinaryFailure(error)).toBeUndefined();
  });
});
