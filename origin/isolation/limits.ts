const MIB = 1_048_576;
/** Nix has a few threads, and git has a few helpers. The kernel counts all threads and processes of the user. */
const MAX_EVALUATION_PROCESSES = 512;
/** A parallel build runs one compiler for each processor, each with helpers. Each build has its own user. */
const MAX_BUILD_PROCESSES = 2048;

/** Limits of an evaluation, for `prlimit`: https://man7.org/linux/man-pages/man1/prlimit.1.html */
export interface EvaluationLimits {
  /** MiB of address space. */
  readonly memoryMib: number;
  /** Whether only evaluations run as this user. The kernel would count other processes, too. */
  readonly isUserOwn: boolean;
}

export function evaluationLimits({ memoryMib, isUserOwn }: EvaluationLimits): string[] {
  return [`--as=${memoryMib * MIB}`, ...(isUserOwn ? [`--nproc=${MAX_EVALUATION_PROCESSES}`] : []), "--core=0"];
}

/** Limits of each process of a build. Nix's daemon has the same limits, because builders inherit them from it. */
export interface BuildLimits {
  /** MiB that one process may write to. This is not its address space: some languages reserve terabytes of that. */
  readonly memoryMib: number;
  /** Maximum size of one file, bytes. Cornice refuses a larger image anyway. */
  readonly fileBytes: number;
  /** Whether each build has its own user. */
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
