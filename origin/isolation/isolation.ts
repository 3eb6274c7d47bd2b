import type { Place } from "../system/redact.ts";
import type { Command } from "../system/command.ts";

/** A program of Nix that the origin runs. */
export type NixProgram = "nix" | "nix-daemon" | "nix-instantiate" | "nix-store";

/** What a confined program may see and do beside reading the Nix store and asking Nix's daemon. */
export interface Sight extends Share {
  /** Folders and files to read, as they are called outside. */
  readonly readable: readonly string[];
  /** The owner of files that nobody else may read. The program then runs as this user. */
  readonly owner?: Owner | undefined;
  /** Whether it may reach the network. */
  readonly network: boolean;
  /** Whether it finds git, which Nix runs to fetch repositories. */
  readonly git?: boolean;
  /** A folder to write into, instead of one in memory: for what is large. */
  readonly scratch?: string | undefined;
}

/** What a program may take of the machine. */
export interface Share {
  /** MiB of address space, where that is not what every evaluation may have. */
  readonly memoryMib?: number | undefined;
  /** Whether builds go first. */
  readonly isLowPriority?: boolean;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Which parts of the isolation this machine provides. */
export interface IsolationReport {
  /** In a few words, such as `evaluates as cornice-nix in a jail`. */
  readonly summary: string;
  /** What this machine did not allow, a sentence each, with what the operator can do. */
  readonly gaps: readonly string[];
}

/** How programs of Nix are run, so that they see nothing of this process and take no more than they may. */
export interface Isolation {
  /** Folders of this machine that nobody else should learn. */
  readonly places: readonly Place[];
  /** A program that evaluates what strangers wrote: as another user, in a jail, within limits. */
  confined(program: NixProgram, args: readonly string[], sight: Sight): Promise<Command>;
  /** A program whose arguments are ours. It works through the same daemon; with `share`, it takes no more than that. */
  own(program: NixProgram, args: readonly string[], share?: Share): Promise<Command>;
  /** Gives a folder that a confined program may use as `scratch`; it is gone afterwards. */
  withScratch<T>(work: (folder: string) => Promise<T>): Promise<T>;
  report(): Promise<IsolationReport>;
  /** Ends the daemon, and with it what it builds. */
  close(): Promise<void>;
}

export function placesOf(env: Readonly<Record<string, string>>): Place[] {
  return [
    [env["TMPDIR"] ?? "", "TMPDIR"],
    [env["HOME"] ?? "", "HOME"],
  ];
}

/** Runs programs as they are, with this environment: where Nix itself is not the subject. */
export function withoutIsolation(env: Readonly<Record<string, string>>): Isolation {
  const command = async (file: NixProgram, args: readonly string[]): Promise<Command> => ({ file, args, env });
  return {
    places: placesOf(env),
    confined: command,
    own: command,
    withScratch: (work) => work(env["TMPDIR"] ?? "/tmp"),
    report: async () => ({ summary: "no isolation", gaps: [] }),
    close: async () => {},
  };
}
