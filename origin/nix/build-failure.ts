import { storePathName } from "../../image/closure/store-path.ts";

/** A derivation that did not build. */
export interface BuildFailure {
  /** Its store path. */
  readonly derivation: string;
  /** Such as `builder for git-2.39.5 failed with exit code 2`. */
  readonly problem: string;
}

/** The first pattern is for Nix up to 2.28, the second for newer versions. */
const FAILURES = [
  /^builder for '(\/nix\/store\/[^']+\.drv)' (failed [^;\n]*)/,
  /^Cannot build '(\/nix\/store\/[^']+\.drv)'\.\s+Reason: builder (failed [^\n]*?)\.?(?:\n|$)/,
];

/** Returns undefined if no builder failed. */
export function parseBuildFailure(reason: string): BuildFailure | undefined {
  for (const failure of FAILURES) {
    const [, derivation, problem] = failure.exec(reason) ?? [];
    if (derivation !== undefined && problem !== undefined)
      return { derivation, problem: `builder for ${derivationName(derivation)} ${problem}` };
  }
  return undefined;
}

/** `git-2.39.5` for `/nix/store/…-git-2.39.5.drv`. */
export function derivationName(path: string): string {
  return storePathName(path).replace(/\.drv$/, "");
}
