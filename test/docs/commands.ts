/** A command that a text shows to people. */
export interface ShownCommand {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** In sources, a comment is for developers. All other lines may reach people. */
const COMMENT = /^\s*(?:\/?\*|\/\/|#(?!!))/;
const FENCE = /^\s*```(\w*)/;

/** Lines of a file that people read: all lines of a document, and the lines of a source that are no comments. */
export function shownLines(file: string, text: string): ShownCommand[] {
  const isDocument = file.endsWith(".md");
  return text
    .split("\n")
    .map((line, index) => ({ file, line: index + 1, text: line }))
    .filter((line) => isDocument || !COMMENT.test(line.text));
}

/** The commands of a document's `console` blocks. Each begins with `$ `, or follows `&&`, `|` or a variable. */
export function consoleCommands(file: string, text: string): ShownCommand[] {
  let language: string | undefined;
  const commands: ShownCommand[] = [];
  for (const shown of shownLines(file, text)) {
    const fence = FENCE.exec(shown.text);
    if (fence) language = language === undefined ? fence[1] : undefined;
    else if (language === "console" && shown.text.startsWith("$ "))
      commands.push(...splitCommands(shown.text.slice(2)).map((part) => ({ ...shown, text: part })));
  }
  return commands;
}

/** Quoted text may hold any character, and a remark begins after a space. */
const OPERATORS = /\s(?:&&|\||;)\s/;
const QUOTED = /'[^']*'|"[^"]*"/g;
const VARIABLES = /^(?:[A-Z][A-Z0-9_]*=\S*\s+)+/;
const PREFIXES = /^(?:sudo|exec|time)\s+/;

function splitCommands(line: string): string[] {
  return line
    .replaceAll(QUOTED, "…")
    .replace(/\s#\s.*$/, "")
    .split(OPERATORS)
    .map((part) => part.trim().replace(VARIABLES, "").replace(PREFIXES, ""))
    .filter((part) => part !== "");
}
