import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import { evaluationSession } from "../nix/evaluate.ts";
import type { Expression } from "../nix/expressions.ts";
import { CommandError, runCommand } from "../system/command.ts";
import type { WalkOptions } from "./walk-options.ts";
import { type Run, type SessionPart, WalkSession } from "./walk-session.ts";

const LIST_PACKAGES: Expression = {
  file: "list-packages.nix",
  variables: ["mark", "outcomes"],
  imports: { packageOutputs: "package-outputs.nix", packageMetadata: "package-metadata.nix" },
};
/** One line holds all names of a set. The longest line of nixpkgs has half a megabyte. */
const MAX_LINE_BYTES = 16_777_216;

/**
 * Runs one Nix process. It reads one line after another, and goes on after a line that cannot be evaluated. It ends at
 * the end of the part, after `ATTRIBUTES_A_PROCESS` attributes, or if it crashes.
 */
export async function runWalk(options: WalkOptions, part: SessionPart): Promise<Run> {
  const mark = `${randomUUID()} `;
  const stall = new AbortController();
  const input = new PassThrough();
  const session = new WalkSession(part, {
    mark,
    input,
    hasOutcomes: options.hasOutcomes,
    onStall: () => stall.abort(),
  });
  const signal = AbortSignal.any([part.signal, stall.signal]);
  const onStderr = (line: string) => session.read(line);
  try {
    await options.isolation.withScratch(async (links) => {
      const command = await walkCommand(options, { mark, signal, links, onLog: onStderr });
      input.write(command.opening);
      session.begin();
      await runCommand(command.file, {
        ...command,
        input,
        signal,
        onStdout: () => {},
        onStderr,
        maxLineBytes: MAX_LINE_BYTES,
      });
    });
    return session.result();
  } catch (error) {
    if (stall.signal.aborted) return session.crashed({ reason: "it takes too long", isExhausted: false });
    if (error instanceof CommandError || part.signal.aborted) return session.crashed(String(error));
    throw error;
  } finally {
    session.close();
  }
}

interface CommandPart {
  readonly mark: string;
  readonly signal: AbortSignal;
  /** A folder for links. */
  readonly links: string;
  readonly onLog: (line: string) => void;
}

function walkCommand({ source, system, nix, isolation, memoryMib, hasOutcomes }: WalkOptions, part: CommandPart) {
  const { mark, ...rest } = part;
  return evaluationSession({
    ...rest,
    source,
    system,
    nix,
    isolation,
    expression: LIST_PACKAGES,
    texts: { mark, outcomes: String(hasOutcomes) },
    sight: { memoryMib, isLowPriority: true },
  });
}
