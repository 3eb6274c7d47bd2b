/** A line of a `nix.conf` that is neither empty nor a comment. */
export interface NixConfLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Undefined if the line has another form than `name = value`, such as `include FILE`. */
  readonly setting: { readonly name: string; readonly value: string } | undefined;
}

const SETTING = /^([a-z0-9-]+)\s*=\s*(.*)$/;

/** The lines of a `nix.conf`: https://nix.dev/manual/nix/2.28/command-ref/conf-file */
export function nixConfLines(text: string): NixConfLine[] {
  return text.split("\n").flatMap((line, index) => {
    const words = line.replace(/#.*$/, "").trim();
    if (words === "") return [];
    const [, name, value] = SETTING.exec(words) ?? [];
    const setting = name === undefined || value === undefined ? undefined : { name, value };
    return [{ number: index + 1, text: words, setting }];
  });
}
