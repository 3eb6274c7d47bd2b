import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { readImageFile } from "../../cli/image-file.ts";
import { writeOutput } from "../../cli/output.ts";
import { blobPath } from "../../cli/oci-layout.ts";
import { rejection, test } from "../origin/fixtures.ts";
import { NEVER, storedImage } from "./stored-image.ts";

async function writtenLayout(directory: string) {
  const image = await storedImage(join(directory, "store"));
  const path = join(directory, "layout");
  await writeOutput({ kind: "layout", path }, { image, store: image.store, onBytes: () => {}, signal: NEVER });
  return { image, path };
}

test("an archive that tar wrote in another order can be read, too", async ({ directory }) => {
  const { path } = await writtenLayout(directory);
  const archive = join(directory, "image.tar");
  await promisify(execFile)("tar", ["-C", path, "--sort=name", "-cf", archive, "."]);
  expect(await readImageFile(archive)).toEqual(await readImageFile(path));
});

test("layers have their contents, and history without a layer is skipped", async ({ directory }) => {
  const { path } = await writtenLayout(directory);
  const { layers, packages } = await readImageFile(path);
  expect(layers.map(({ contents }) => contents)).toEqual(["git-2.51.0", "root"]);
  expect(packages).toEqual(["git", "python3Packages.requests"]);
});

describe("one line says why a file cannot be read:", () => {
  async function messageFor(path: string): Promise<unknown> {
    const error = await rejection(readImageFile(path));
    expect(error).toMatchObject({ name: "CliError" });
    return error instanceof Error && error.message;
  }

  test("it does not exist", async ({ directory }) => {
    const path = join(directory, "none.tar");
    expect(await messageFor(path)).toContain(`cannot read ${path}: ENOENT`);
  });

  test("it is not an archive", async ({ directory }) => {
    const path = join(directory, "text");
    await writeFile(path, "x".repeat(2048));
    expect(await messageFor(path)).toContain(`${path} is not an archive: `);
  });

  test("it is empty, or a folder without a layout", async ({ directory }) => {
    const [file, folder] = [join(directory, "empty"), join(directory, "folder")];
    await writeFile(file, "");
    await mkdir(folder);
    for (const path of [file, folder])
      expect(await messageFor(path)).toBe(`${path} is not an OCI archive or layout with one image`);
  });

  test("a blob is missing", async ({ directory }) => {
    const { image, path } = await writtenLayout(directory);
    await rm(join(path, blobPath(image.config)));
    expect(await messageFor(path)).toBe(`${path} is damaged: ${image.config.digest} is missing`);
  });

  test("a blob does not match its digest", async ({ directory }) => {
    const { image, path } = await writtenLayout(directory);
    await writeFile(join(path, blobPath(image.manifest)), "{}");
    expect(await messageFor(path)).toBe(`${path} is damaged: ${image.manifest.digest} does not match its bytes`);
  });

  test("the index names something other than an image", async ({ directory }) => {
    const { image, path } = await writtenLayout(directory);
    const index = { manifests: [{ digest: image.config.digest }] };
    await writeFile(join(path, "index.json"), JSON.stringify(index));
    expect(await messageFor(path)).toBe(`${path} holds something other than an image`);
  });
});
