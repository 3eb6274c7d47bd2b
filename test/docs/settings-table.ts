/** One setting, from a row of a table in docs/settings.md. */
export interface DocumentedSetting {
  readonly name: string;
  /** The heading above the table. */
  readonly section: string;
  /** Undefined if there is no default, or the cell has words such as `required`. */
  readonly fallback: string | undefined;
  readonly isRequired: boolean;
  readonly values: Values | undefined;
}

/** The values that a setting may have. A setting that takes any text has no `Values`. */
export type Values =
  | { readonly kind: "range"; readonly min: number; readonly max: number }
  | { readonly kind: "list"; readonly values: readonly string[] }
  | { readonly kind: "length"; readonly min: number };

const ROW = /^\| (`[A-Z].*?`) \| (?:(.*?) )?\| (?:(.*?) )?\| .* \|$/;

/** Reads the tables of docs/settings.md. Throws if a row has another form. */
export function documentedSettings(markdown: string): readonly DocumentedSetting[] {
  let section = "";
  return markdown.split("\n").flatMap((line) => {
    if (line.startsWith("## ")) section = line.slice("## ".length);
    if (!line.startsWith("| `")) return [];
    const [, names, fallback = "", values = ""] = ROW.exec(line) ?? [];
    if (names === undefined) throw new Error(`docs/settings.md has a row without four columns: ${line}`);
    const setting = {
      section,
      fallback: literal(fallback),
      isRequired: fallback === "required",
      values: parseValues(values),
    };
    return words(names).map((name) => ({ name, ...setting }));
  });
}

/** The words of a cell that stand between backticks. */
function words(cell: string): string[] {
  return Array.from(cell.matchAll(/`([^`]*)`/g), ([, word = ""]) => word);
}

/** A number, or one word between backticks. */
function literal(cell: string): string | undefined {
  return /^\d+(?=$|;)/.exec(cell)?.[0] ?? /^`([^`]*)`$/.exec(cell)?.[1];
}

function parseValues(cell: string): Values | undefined {
  const [, min, max] = /^(\d+) to (\d+)$/.exec(cell) ?? [];
  if (min !== undefined && max !== undefined) return { kind: "range", min: Number(min), max: Number(max) };
  const [, length] = /^(\d+) characters or more$/.exec(cell) ?? [];
  if (length !== undefined) return { kind: "length", min: Number(length) };
  if (cell !== "" && words(cell).length === 0) throw new Error(`docs/settings.md describes values by ${cell}`);
  return cell === "" ? undefined : { kind: "list", values: words(cell) };
}

/** Matches a program's error about a value that the setting cannot have. */
export function refusal(values: Values): RegExp {
  switch (values.kind) {
    case "range":
      return new RegExp(`a whole number from ${values.min} to ${values.max}$`, "m");
    case "length":
      return new RegExp(`at least ${values.min}\\b`);
    case "list":
      return new RegExp(`must be ${values.values.join("(?:, | or )")}$`, "m");
  }
}
