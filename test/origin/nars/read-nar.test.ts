import { describe, expect, test } from "vitest";
import { type NarEvent, NarReader } from "../../../origin/nars/read-nar.ts";
import { file, folder, link, narBytes, text, texts, type Tree } from "./nar-bytes.ts";

const PATH = "/nix/store/00000000000000000000000000000000-tree";

/** The events of an archive that comes in chunks of some bytes. */
function read(nar: Uint8Array, chunkBytes = nar.length, narSize = nar.length): NarEvent[] {
  const reader = new NarReader({ path: PATH, narSize });
  const events: NarEvent[] = [];
  for (let at = 0; at < nar.length; at += chunkBytes) events.push(...reader.read(nar.slice(at, at + chunkBytes)));
  reader.end();
  return events;
}

const number = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const MAGIC = text("nix-archive-1");
const archive = (...parts: readonly Uint8Array[]) => Buffer.concat([MAGIC, ...parts]);
const entry = (name: string) => texts("entry", "(", "name", name, "node", "(", "type", "directory", ")", ")");
const withEntries = (...names: readonly string[]) =>
  archive(texts("(", "type", "directory"), ...names.map(entry), text(")"));
const withLength = (length: bigint) =>
  archive(texts("(", "type", "regular", "contents"), number(length), texts("abc", ")"));

describe("an archive is refused", () => {
  test.each<[string, Uint8Array, string]>([
    [
      "with another beginning",
      texts("nix-archive-2", "(", "type", "directory", ")"),
      "has a text that the format does not allow",
    ],
    ["that is a tar", Buffer.alloc(1024, "tar"), "has a text that the format does not allow"],
    [
      "with another type",
      archive(texts("(", "type", "socket", "contents", "", "contents", ")")),
      "has a text that the format does not allow",
    ],
    [
      "with a mark that is not empty",
      archive(texts("(", "type", "regular", "executable", "x", "contents", "", ")")),
      "has a text that the format does not allow",
    ],
    [
      "with a file without contents",
      archive(texts("(", "type", "regular", ")"), Buffer.alloc(64)),
      "has a text that the format does not allow",
    ],
    [
      "without an end of its node",
      archive(texts("(", "type", "regular", "contents", "a", "b")),
      "has a text that the format does not allow",
    ],
    ["with names in another order", withEntries("b", "a"), "has names that are not in order"],
    ["with a name twice", withEntries("a", "a"), "has names that are not in order"],
    ["with names in the order of another alphabet", withEntries("\u00e9", "z"), "has names that are not in order"],
    ["with an empty name", withEntries(""), "has a name that is empty or too long"],
    ["with the name .", withEntries("."), "has a name that no file can have"],
    ["with the name ..", withEntries(".."), "has a name that no file can have"],
    ["with a slash in a name", withEntries("a/b"), "has a name that no file can have"],
    ["with a NUL in a name", withEntries("a\0b"), "has a name with a NUL"],
    ["with a name of 256 bytes", withEntries("n".repeat(256)), "has a name that is empty or too long"],
    ["with an empty target", narBytes(link("")), "has the target of a link that is empty or too long"],
    [
      "with a target of 4096 bytes",
      narBytes(link("t".repeat(4096))),
      "has the target of a link that is empty or too long",
    ],
    ["with a NUL in a target", narBytes(link("a\0")), "has the target of a link with a NUL"],
    ["with a length beyond its end", withLength(1000n), "has a length beyond its own end"],
    ["with a length of 2^53", withLength(2n ** 53n), "has a length beyond its own end"],
    ["with a length of 2^64 - 1", withLength(2n ** 64n - 1n), "has a length beyond its own end"],
    [
      "with other padding than zeros",
      Buffer.from(narBytes(file("abc")).toString("latin1").replace("abc\0", "abc\u0001"), "latin1"),
      "has padding that is not zero",
    ],
    ["with bytes behind its end", Buffer.concat([narBytes(file("abc")), Buffer.alloc(8)]), "has bytes behind its end"],
    ["that is empty", new Uint8Array(), "ends early"],
  ])("%s", (_, nar, problem) => {
    expect(() => read(nar)).toThrow(`the archive of tree ${problem}`);
    expect(() => read(nar, 1)).toThrow(`the archive of tree ${problem}`);
  });

  test("wherever it ends early", () => {
    const nar = narBytes(folder({ a: file("abc"), b: folder({ c: link("d") }) }));
    for (let bytes = 0; bytes < nar.length; bytes += 4)
      expect(() => read(nar.subarray(0, bytes), 16, nar.length)).toThrow("the archive of tree ends early");
  });

  test("as soon as it is larger than announced", () => {
    const reader = new NarReader({ path: PATH, narSize: 100 });
    expect(() => [...reader.read(new Uint8Array(101))]).toThrow("the archive of tree is larger than 100 bytes");
  });
});

describe("a tree that no layer can hold is the package's fault", () => {
  /** Folders in folders. */
  const nested = (depth: number, name: string): Tree => {
    let tree: Tree = file("");
    for (let count = 0; count < depth; count++) tree = folder({ [name]: tree });
    return tree;
  };

  test.each<[string, Tree, string]>([
    [
      "with a name for a removed file",
      folder({ d: folder({ ".wh.a": file("") }) }),
      "tree has a file that no image can hold, because its name begins with .wh.: .wh.a",
    ],
    [
      "with a path of more than 4095 bytes",
      nested(17, "n".repeat(240)),
      "tree has files whose paths are longer than 4095 bytes",
    ],
  ])("%s", (_, tree, message) => {
    expect(() => read(narBytes(tree))).toThrow(expect.objectContaining({ name: "PackageError", message }));
  });

  test("with directories that are too deep", () => {
    const step = texts("(", "type", "directory", "entry", "(", "name", "d", "node");
    const nar = archive(...Array.from({ length: 2100 }, () => step));
    expect(() => read(nar)).toThrow("tree has files whose paths are longer than 4095 bytes");
  });

  test("but not with a path of 4095 bytes", () => {
    const longest = nested(16, "n".repeat(239));
    const events = read(narBytes(folder({ ["f".repeat(4094 - PATH.length - 16 * 240)]: longest })), 1000);
    const [last] = events.slice(-1);
    expect(last?.kind === "file" && PATH.length + 1 + last.path.length).toBe(4095);
  });
});

test("the bytes of a file share memory with their chunk", () => {
  const nar = narBytes(file("abc"));
  const reader = new NarReader({ path: PATH, narSize: nar.length });
  const parts = [...reader.read(nar)].flatMap((event) => (event.kind === "bytes" ? [event.bytes] : []));
  expect(parts.map(({ buffer }) => buffer === nar.buffer)).toEqual([true]);
});
