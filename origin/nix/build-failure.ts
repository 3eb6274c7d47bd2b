import { storePathName } from "../../image/closure/store-path.ts";

/** A derivation that did not build. */
export interface BuildFailure {
  /** Its store path. */
  readonly derivation: string;
  /** Such as `builder for git-2.39.5 failed with exit code 2`. */
  readonly problem: string;
}

const FAILURE = /^builder for '(\/nix\/store\/[^']+\.drv)' (failed [^;\n]*)/;

/** Reads the reason of a log. Returns undefined if no builder failed. */
export function parseBuildFailure(reason: string): BuildFailure | undefined {
  const [, derivation, problem] = FAILURE.exec(reason) ?? [];
  if (derivation === undefined || problem === undefined) return undefined;
  return { derivation, problem: `builder for ${derivationName(derivation)} ${problem}` };
}

/** `git-2.39.5` for `/nix/store/…-git-2.39.5.drv`. */
export function derivationName(path: string): string {
  return storePathName(path).replace(/\.drv$/, "");
}
