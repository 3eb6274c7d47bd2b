import { expect, test } from "vitest";
import { kvHold } from "../../cli/kv-hold.ts";

test("a command that stands still says why, and for how long", () => {
  const notes: string[] = [];
  kvHold({ note: (line) => notes.push(line) })(240_500);
  expect(notes).toEqual(["Cloudflare's API takes no more calls of this account; going on in 241 s"]);
});
