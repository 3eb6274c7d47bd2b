import type { Isolation } from "../isolation/isolation.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";
import type { EvaluationSettings } from "../nix/settings.ts";

/** What a walk looks at, and how. */
export interface WalkOptions {
  readonly source: ResolvedSource;
  /** Nix's name for the platform. */
  readonly system: string;
  readonly nix: EvaluationSettings;
  readonly isolation: Isolation;
  /** MiB of address space that one process of Nix may take. */
  readonly memoryMib: number;
  /** Whether the walk also tells what a pull of each attribute gives. This evaluates the derivation of each package. */
  readonly hasOutcomes: boolean;
}
