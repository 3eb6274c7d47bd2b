/** A program with its arguments and all that it finds in its environment. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The programs of Nix that are run. */
export type NixProgram = "nix" | "nix-daemon" | "nix-instantiate" | "nix-store";
