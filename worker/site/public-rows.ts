import { isListOf, parseJson } from "../../protocol/json-object.ts";

const BEGIN = '"packages":[';
/** A row with three texts, as `JSON.stringify` writes it. */
const ROW = /\["(?:[^"\\]|\\.)*","(?:[^"\\]|\\.)*","(?:[^"\\]|\\.)*"\]/y;
/** Characters. A row has less than a hundredth of this. More unread text is no list. */
const MAX_UNREAD = 1_000_000;

/**
 * Reads the JSON text of a `PackageIndex`, a chunk at a time. Passes on the JSON of a `GuestPackages`, with the rows
 * that `isPublic` chooses by their names. Breaks off if the text is no package index.
 */
export function publicRows(isPublic: (name: string) => boolean): TransformStream<string, string> {
  const rows = new RowReader();
  let separator = "";
  return new TransformStream({
    start: (output) => output.enqueue(`{${BEGIN}`),
    transform(chunk, output) {
      const chosen = rows.read(chunk).filter((row) => isPublic(nameOf(row)));
      if (chosen.length === 0) return;
      output.enqueue(separator + chosen.join(","));
      separator = ",";
    },
    flush(output) {
      if (!rows.hasEnded) throw new Error("the stored list of packages is not complete");
      output.enqueue("]}");
    },
  });
}

/** Splits the text of an index into its rows. */
class RowReader {
  #unread = "";
  #place: "before" | "rows" | "after" = "before";

  get hasEnded(): boolean {
    return this.#place === "after";
  }

  /** Returns the rows that are complete with this chunk. */
  read(chunk: string): string[] {
    this.#unread += chunk;
    if (this.#place === "before") this.#findBegin();
    const rows = this.#place === "rows" ? this.#takeRows() : [];
    if (this.#place === "after") this.#unread = "";
    if (this.#unread.length > MAX_UNREAD) throw new Error("the stored list of packages has no rows");
    return rows;
  }

  /** A text in JSON cannot have this beginning, because its quotes are escaped. */
  #findBegin(): void {
    const begin = this.#unread.indexOf(BEGIN);
    if (begin < 0) return;
    this.#unread = this.#unread.slice(begin + BEGIN.length);
    this.#place = "rows";
  }

  #takeRows(): string[] {
    const rows: string[] = [];
    let end = 0;
    for (;;) {
      if (this.#unread[end] === "]") this.#place = "after";
      ROW.lastIndex = this.#unread[end] === "," ? end + 1 : end;
      const row = ROW.exec(this.#unread)?.[0];
      if (row === undefined) break;
      rows.push(row);
      end = ROW.lastIndex;
    }
    this.#unread = this.#unread.slice(end);
    return rows;
  }
}

function nameOf(row: string): string {
  const texts = parseJson(row);
  const [name] = isListOf(texts, (item) => typeof item === "string") ? texts : [];
  if (name === undefined) throw new Error("the stored list of packages has a row without a name");
  return name;
}
