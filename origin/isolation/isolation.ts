import type { Place } from "../system/redact.ts";
import type { Command } from "../system/command.ts";
import type { NixVersion } from "./nix-version.ts";

/** A program of Nix that the origin runs. */
export type NixProgram = "nix" | "nix-daemon" | "nix-instantiate" | "nix-store";

/** Options of `nix`, whose commands count as experimental. */
export const NIX_COMMAND: readonly string[] = ["--extra-experimental-features", "nix-command"];

/** Permissions of a confined program. It may always read the Nix store and call Nix's daemon. */
export interface Sight extends Share {
  /** Folders and files that it may read, by their paths outside of the jail. */
  readonly readable: readonly string[];
  /** The owner of files that no other user may read. The program then runs as this user. */
  readonly owner?: Owner | undefined;
  /** Whether it may reach the network. */
  readonly network: boolean;
  /** Whether it finds git, which Nix runs to fetch repositories. */
  readonly git?: boolean;
  /** A folder for large files. Without it, the program writes to memory. */
  readonly scratch?: string | undefined;
  /** A folder for links to store paths. The program finds it under the same path as this process. */
  readonly links?: string | undefined;
}

/** The part of the machine's resources that a program may use. */
export interface Share {
  /** MiB of address space. The default is the limit of every evaluation. */
  readonly memoryMib?: number | undefined;
  /** Whether builds have priority over the program. */
  readonly isLowPriority?: boolean;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Which parts of the isolation this machine provides. */
export interface IsolationReport {
  /** One line, such as `Nix 2.26.3 evaluates as cornice-nix, in a jail; builders run as members of nixbld`. */
  readonly summary: string;
  /** The missing parts, one sentence each, with advice for the operator. */
  readonly gaps: readonly string[];
}

/** Makes the command lines of Nix programs. The programs see nothing of this process, and have limited resources. */
export interface Isolation {
  /** Folders of this machine whose paths clients must not see. */
  readonly places: readonly Place[];
  /** A program that evaluates strangers' code. It runs as another user, in a jail, with limits. */
  confined(program: NixProgram, args: readonly string[], sight: Sight): Promise<Command>;
  /** A program with trusted arguments. It runs without a jail, and uses the same daemon. `share` limits it. */
  own(program: NixProgram, args: readonly string[], share?: Share): Promise<Command>;
  /** Makes a folder that a confined program may use as `scratch`, and removes it after the work. */
  withScratch<T>(work: (folder: string) => Promise<T>): Promise<T>;
  report(): Promise<IsolationReport>;
  /** The version of the Nix whose programs run. */
  nixVersion(): Promise<NixVersion>;
  /** The addresses of the binary caches that Nix asks, in the order of the settings. */
  caches(): Promise<readonly string[]>;
  /** Options for a program of Nix that asks a binary cache by itself, and not through the daemon. */
  cacheOptions(): Promise<readonly string[]>;
  /** Ends the daemon and all its builds. */
  close(): Promise<void>;
}

export function placesOf(env: Readonly<Record<string, string>>): Place[] {
  return [
    [env["TMPDIR"] ?? "", "TMPDIR"],
    [env["HOME"] ?? "", "HOME"],
  ];
}

/** Runs programs without isolation, with this environment. For tests that are not about Nix itself. */
export function withoutIsolation(env: Readonly<Record<string, string>>): Isolation {
  const command = async (file: NixProgram, args: readonly string[]): Promise<Command> => ({ file, args, env });
  return {
    places: placesOf(env),
    confined: command,
    own: command,
    withScratch: (work) => work(env["TMPDIR"] ?? "/tmp"),
    caches: async () => [],
    cacheOptions: async () => [],
    report: async () => ({ summary: "no isolation", gaps: [] }),
    nixVersion: async () => ({ text: "2.8.0", numbers: [2, 8, 0] }),
    close: async () => {},
  };
}
