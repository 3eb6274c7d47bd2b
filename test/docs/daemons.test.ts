import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { DAEMONS } from "../system/daemons.ts";

it("docs/daemons.md has the daemons that the system test starts, and their users", async () => {
  const page = await readFile(new URL("../../docs/daemons.md", import.meta.url), "utf8");
  const rows = Array.from(page.matchAll(/^\| `(.*?)`(?:: (\w+))? \| (\w+).*? \| `?([\w-]+)/gm), (row) => ({
    name: row[2] ?? row[1],
    root: row[3] === "yes",
    user: row[4] === "any" ? "nobody" : row[4],
  }));
  const daemons = DAEMONS.map(({ name, root, user }) => ({ name, root: root !== undefined, user }));
  const order = (a: { name?: string | undefined }, b: { name?: string | undefined }): number =>
    (a.name ?? "").localeCompare(b.name ?? "");
  expect(rows.toSorted(order)).toEqual(daemons.toSorted(order));
});
