import { OciError } from "../../protocol/oci-error.ts";
import { isOlder, type NixVersion, parseNixVersion } from "../isolation/nix-version.ts";

/** The package source needs a newer Nix than this machine has. Nobody but the operator can help. */
export class NixTooOld extends OciError {
  /** Undefined if the source does not say it as a version. */
  readonly needed: NixVersion | undefined;

  constructor(present: NixVersion, needed: NixVersion | undefined, cause?: unknown) {
    const need = needed ? `Nix ${needed.text} or newer` : "a newer Nix";
    super(
      "UNAVAILABLE",
      `the package source needs ${need}, and the machine that builds has ${present.text}; its operator must upgrade Nix`,
      { cause },
    );
    this.needed = needed;
  }
}

/** The words of nixpkgs when it ends an evaluation because Nix is too old. Newer revisions ask for features. */
const ABORT = /requires (?:Nix >= ([\d.]+\d)|an implementation of Nix with the following features:)/;

/** Undefined if the reason is another one. A package set may say anything, so a version must be newer than Nix is. */
export function tooOldFor(reason: string, present: NixVersion, cause: unknown): NixTooOld | undefined {
  const abort = ABORT.exec(reason);
  if (!abort || !reason.startsWith("evaluation aborted")) return undefined;
  const needed = abort[1] === undefined ? undefined : parseNixVersion(abort[1]);
  return needed && !isOlder(present, needed) ? undefined : new NixTooOld(present, needed, cause);
}
