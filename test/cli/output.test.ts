import { mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Output } from "../../cli/output-argument.ts";
import type { BuiltImage } from "../../cli/built-image.ts";
import { readImageFile } from "../../cli/image-file.ts";
import { checkOutput, writeOutput } from "../../cli/output.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { containing } from "../matchers.ts";
import { rejection, test } from "../origin/fixtures.ts";
import { NEVER, storedImage } from "./stored-image.ts";

const archive = (path: string): Output => ({ kind: "archive", path });
const layout = (path: string): Output => ({ kind: "layout", path });

async function setUp(directory: string): Promise<{ image: BuiltImage; folder: string }> {
  const folder = join(directory, "out");
  await mkdir(folder);
  return { image: await storedImage(join(directory, "store")), folder };
}

async function write(output: Output, image: BuiltImage, signal = NEVER): Promise<void> {
  await checkOutput(output);
  await writeOutput(output, { image, store: image.store, onBytes: () => {}, signal });
}

describe.each([
  ["an archive", archive, "image.tar"],
  ["a layout", layout, "image/"],
] as const)("%s", (_, create, name) => {
  test("has the built image, and is the only file there", async ({ directory }) => {
    const { image, folder } = await setUp(directory);
    await write(create(join(folder, name)), image);
    const { reference, revision, config, architecture, packages, layers } = image;
    const { digest, size } = image.manifest;
    const manifest = { digest, size };
    const expected = { reference, revision, manifest, config, architecture, packages, layers };
    expect(await readImageFile(join(folder, name))).toEqual(expected);
    expect(await readdir(folder)).toEqual([name.replace("/", "")]);
  });

  test("replaces an earlier one", async ({ directory }) => {
    const { image, folder } = await setUp(directory);
    await write(create(join(folder, name)), { ...image, revision: "r0" });
    await write(create(join(folder, name)), image);
    expect((await readImageFile(join(folder, name))).revision).toBe("r1");
    expect(await readdir(folder)).toEqual([name.replace("/", "")]);
  });

  test("whose write fails leaves the earlier one unchanged, and nothing beside it", async ({ directory }) => {
    const { image, folder } = await setUp(directory);
    await write(create(join(folder, name)), { ...image, revision: "r0" });
    await rm(join(directory, "store", blobKey(image.config.digest)));
    await rejection(write(create(join(folder, name)), image));
    expect((await readImageFile(join(folder, name))).revision).toBe("r0");
    expect(await readdir(folder)).toEqual([name.replace("/", "")]);
  });

  test("whose write is stopped leaves nothing", async ({ directory }) => {
    const { image, folder } = await setUp(directory);
    const signal = AbortSignal.abort(new Error("stopped"));
    await rejection(write(create(join(folder, name)), image, signal));
    expect(await readdir(folder)).toEqual([]);
  });
});

test("a symbolic link stays, and its target is replaced", async ({ directory }) => {
  const { image, folder } = await setUp(directory);
  await writeFile(join(folder, "file"), "old");
  await symlink("file", join(folder, "link"));
  await write(archive(join(folder, "link")), image);
  expect(await readlink(join(folder, "link"))).toBe("file");
  expect((await readImageFile(join(folder, "file"))).revision).toBe("r1");
});

describe("is refused before the build:", () => {
  test("a folder that does not exist", async ({ directory }) => {
    const path = join(directory, "none/image.tar");
    expect(await rejection(checkOutput(archive(path)))).toMatchObject({
      name: "CliError",
      message: containing(`cannot write ${path}: ENOENT: no such file or directory`),
    });
  });

  test("an archive in the place of a folder", async ({ directory }) => {
    const message = `cannot write ${directory}: it is a folder; -o ${directory}/ writes a layout`;
    expect(await rejection(checkOutput(archive(directory)))).toMatchObject({ message });
  });

  test("an archive in the place of a device", async () => {
    const message = "cannot write /dev/null: it is not a regular file; use -o - for standard output";
    expect(await rejection(checkOutput(archive("/dev/null")))).toMatchObject({ message });
  });

  test.for(["a folder with other files", "a layout with other files", "a file"])(
    "a layout in the place of %s",
    async (kind, { directory }) => {
      const path = join(directory, "there");
      if (kind === "a file") await writeFile(path, "");
      else {
        await mkdir(path);
        await writeFile(join(path, "thesis.txt"), "");
        if (kind.startsWith("a layout")) await writeFile(join(path, "oci-layout"), "");
      }
      const message = `cannot write ${path}: it exists, and is not an OCI layout`;
      expect(await rejection(checkOutput(layout(path)))).toMatchObject({ message });
    },
  );
});

test("an empty folder is a place for a layout", async ({ directory }) => {
  const { image, folder } = await setUp(directory);
  await write(layout(`${folder}/`), image);
  expect((await readdir(folder)).toSorted()).toEqual(["blobs", "index.json", "oci-layout"]);
  expect(await readFile(join(folder, "oci-layout"), "utf8")).toBe('{"imageLayoutVersion":"1.0.0"}');
});
