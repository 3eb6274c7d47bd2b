import { storePathName } from "../../image/closure/store-path.ts";

/** A derivation that did not build. */
export interface BuildFailure {
  /** Its store path. */
  readonly derivation: string;
  /** Such as `builder for git-2.39.5 failed with exit code 2`. */
  readonly problem: string;
}

/** Nix's words up to 2.28, and since. */
const FAILURES = [
  /^builder for '(\/nix\/store\/[^']+\.drv)' (failed [^;\n]*)/,
  /^Cannot build '(\/nix\/store\/[^']+\.drv)'\.\s+Reason: builder (failed [^\n]*?)\.?(?:\n|$)/,
];

/** Undefined for errors that are none of a builder's. */
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
