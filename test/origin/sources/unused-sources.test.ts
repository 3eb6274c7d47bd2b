import { lutimes, readdir, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { openSources } from "../../../origin/sources/open-sources.ts";
import { test, writeTree } from "../fixtures.ts";

const NOW_MS = Date.parse("2026-03-01T00:00:00Z");
const daysAgo = (days: number) => new Date(NOW_MS - 86_400_000 * days);
const REPOSITORY = "0123456789abcdef";

/** A clone and two revisions. All were used some days ago. */
async function leave(directory: string, days: number) {
  await writeTree(directory, {
    [`${REPOSITORY}.git/HEAD`]: "",
    [`${REPOSITORY}.unpacked/1/bytes`]: "5",
    [`${REPOSITORY}.revisions/`]: "",
  });
  const link = join(directory, `${REPOSITORY}.revisions/1`);
  await symlink("/nix/store/00000000000000000000000000000000-source", link);
  const then = daysAgo(days);
  await lutimes(link, then, then);
  const names = ["git/HEAD", "git", "unpacked/1", "unpacked", "revisions"];
  for (const name of names) await utimes(join(directory, `${REPOSITORY}.${name}`), then, then);
}

describe("what was not used for thirty days", () => {
  test("is removed when an origin starts", async ({ directory }) => {
    await leave(directory, 31);
    await openSources(directory, NOW_MS);
    expect(await readdir(directory)).toEqual([]);
  });

  test.for(["git", "unpacked/1", "revisions/1"])("stays if %s was used since", async (used, { directory }) => {
    await leave(directory, 31);
    await lutimes(join(directory, `${REPOSITORY}.${used}`), daysAgo(29), daysAgo(29));
    await openSources(directory, NOW_MS);
    expect(await readdir(directory)).toEqual([`${REPOSITORY}.${used.split("/", 1)[0]}`]);
  });
});

test("what the origin did not make stays", async ({ directory }) => {
  await writeTree(directory, { "notes/text": "", "0123.git/HEAD": "" });
  for (const name of ["notes/text", "notes", "0123.git/HEAD", "0123.git"])
    await utimes(join(directory, name), daysAgo(90), daysAgo(90));
  await openSources(directory, NOW_MS);
  expect(await readdir(directory)).toEqual(["0123.git", "notes"]);
});
