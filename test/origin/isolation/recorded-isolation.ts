import type { NixProgram } from "../../../origin/isolation/command.ts";
import { type Isolation, type Sight, withoutIsolation } from "../../../origin/isolation/isolation.ts";

export interface IsolationCall {
  readonly program: NixProgram;
  readonly args: readonly string[];
  /** What a confined program may see; undefined for one of our own. */
  readonly sight: Sight | undefined;
}

/** Runs programs as they are, and tells what was asked for. */
export function recordedIsolation(env: Readonly<Record<string, string>> = {}): {
  readonly isolation: Isolation;
  readonly calls: readonly IsolationCall[];
} {
  const calls: IsolationCall[] = [];
  const plain = withoutIsolation(env);
  const isolation: Isolation = {
    ...plain,
    confined(program, args, sight) {
      calls.push({ program, args, sight });
      return plain.confined(program, args, sight);
    },
    own(program, args) {
      calls.push({ program, args, sight: undefined });
      return plain.own(program, args);
    },
  };
  return { isolation, calls };
}
