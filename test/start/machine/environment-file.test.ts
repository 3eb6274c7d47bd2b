import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { environmentFile } from "../../../start/machine/environment-file.ts";

test("plain values have no quotes, because Docker does not read them", () => {
  const settings = { R2_ENDPOINT: "http://127.0.0.1:1/cdn-cgi/x", CORNICE_NIX_SUBSTITUTERS: "" };
  expect(environmentFile(settings)).toBe("R2_ENDPOINT=http://127.0.0.1:1/cdn-cgi/x\nCORNICE_NIX_SUBSTITUTERS=\n");
});

test("a shell reads each value as it is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cornice-environment-"));
  const file = join(folder, "file.env");
  const settings = { A: "/home/a b/c", B: "$HOME `id` \\ \" '", C: "two\nlines", D: "https://a/?b=1&c=~#d;e*" };
  await writeFile(file, environmentFile(settings));
  const script = '. "$1"; printf "%s\\0" "$A" "$B" "$C" "$D"';
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", script, "sh", file]);
  expect(stdout.split("\0")).toEqual([...Object.values(settings), ""]);
  await rm(folder, { recursive: true });
});
