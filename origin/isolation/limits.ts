const MIB = 1_048_576;
/** Nix has a few threads, git a handful of helpers. The kernel counts all that run as the user. */
const MAX_EVALUATION_PROCESSES = 512;
/** A parallel build has as many compilers as there are processors, each with helpers. Each build has a user of its own. */
const MAX_BUILD_PROCESSES = 2048;

/** Of an evaluation, as options of `prlimit`: https://man7.org/linux/man-pages/man1/prlimit.1.html */
export interface EvaluationLimits {
  /** MiB of address space, of which Nix's garbage collector uses what it needs. */
  readonly memoryMib: number;
  /** Whether the user has no other processes, which would count as well. */
  readonly isUserOwn: boolean;
}

export function evaluationLimits({ memoryMib, isUserOwn }: EvaluationLimits): string[] {
  return [`--as=${memoryMib * MIB}`, ...(isUserOwn ? [`--nproc=${MAX_EVALUATION_PROCESSES}`] : []), "--core=0"];
}

/** Of a process of a build; they hold for Nix's daemon as well, which builders inherit them from. */
export interface BuildLimits {
  /** MiB that one process may have written to: not its address space, of which some languages reserve terabytes. */
  readonly memoryMib: number;
  /** Of one file, bytes: an image that large is refused anyway. */
  readonly fileBytes: number;
  /** Whether each build has a user of its own. */
  readonly hasUsers: boolean;
}

export function buildLimits({ memoryMib, fileBytes, hasUsers }: BuildLimits): string[] {
  return [
    `--data=${memoryMib * MIB}`,
    `--fsize=${fileBytes}`,
    ...(hasUsers ? [`--nproc=${MAX_BUILD_PROCESSES}`] : []),
    "--core=0",
  ];
}
