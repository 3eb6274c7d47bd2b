import type { Command } from "../../../origin/system/command.ts";
import { type Isolation, type NixProgram, type Sight, withoutIsolation } from "../../../origin/isolation/isolation.ts";

export interface IsolationCall {
  readonly program: NixProgram;
  readonly args: readonly string[];
  /** The permissions of a confined program; undefined for one of our own. */
  readonly sight: Sight | undefined;
}

/** Runs programs without isolation, by name or from a folder, and records the calls. */
export function recordedIsolation(
  env: Readonly<Record<string, string>> = {},
  folder = "",
): {
  readonly isolation: Isolation;
  readonly calls: readonly IsolationCall[];
} {
  const calls: IsolationCall[] = [];
  const plain = withoutIsolation(env);
  const inFolder = async (command: Promise<Command>) => {
    const { file, ...rest } = await command;
    return { ...rest, file: folder + file };
  };
  const isolation: Isolation = {
    ...plain,
    confined(program, args, sight) {
      calls.push({ program, args, sight });
      return inFolder(plain.confined(program, args, sight));
    },
    own(program, args) {
      calls.push({ program, args, sight: undefined });
      return inFolder(plain.own(program, args));
    },
  };
  return { isolation, calls };
}
