import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { openKeptLayers } from "../../../origin/layers/kept-layers.ts";
import { createLayerStore } from "../../../origin/layers/layer-store.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { anything } from "../../matchers.ts";
import { folder, program } from "../nars/nar-bytes.ts";
import { archivePath } from "../packing/archived-paths.ts";
import { MIB, NEVER, test } from "../packing/packing.ts";

test("a path comes from its archive, even if a layer of other bytes is kept under its name", async ({
  directory,
  packer,
}) => {
  const { onDisk, archived } = await archivePath(
    directory,
    "a",
    folder({ tool: program(Buffer.alloc(MIB, "archive")) }),
  );
  const tool = join(onDisk.path, "tool");
  await chmod(tool, 0o755);
  await writeFile(tool, Buffer.alloc(MIB, "disk"));
  const spoolDirectory = join(directory, "layers-spool");
  await mkdir(spoolDirectory);
  const kept = await openKeptLayers({ directory: join(directory, "kept"), compression: "gzip", maxBytes: 10 * MIB });
  const store = createDiskStore(join(directory, "objects"));
  const blobs = createBlobPresence(store, Date.now);
  const image = createLayerStore({ store, blobs, packer, kept, spoolDirectory }).forImage();
  const contentOf = (path: typeof archived) => ({ kind: "store-paths", paths: [path] }) as const;
  await image.ensure({ hash: "disk", content: contentOf(onDisk) }, NEVER).stored;
  expect(kept.find(onDisk.path)).toBeDefined();
  const expected = await packer.pack(contentOf(archived), join(directory, "expected"), NEVER);
  const { digest, diffId, size } = expected;
  const stored = await image.ensure({ hash: "archive", content: contentOf(archived) }, NEVER).stored;
  expect(stored).toEqual({ digest, diffId, size, work: anything() });
});
