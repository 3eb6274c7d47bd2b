import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { createBuilder } from "../../../origin/service/builder.ts";
import { parseBuilderConfig } from "../../../origin/service/config.ts";
import { withoutIsolation } from "../../../origin/isolation/isolation.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import type { ImageRequest } from "../../../protocol/image-request.ts";
import { containing } from "../../matchers.ts";
import { processesWith } from "../../system/program.ts";
import { rejection, test, until, writeTree } from "../fixtures.ts";

const REQUEST: ImageRequest = { source: "path:/pkgs", tag: "latest", architecture: "amd64", packages: ["git"] };

/** Its Nix never ends. The process has the folder's name in its command line. */
async function setUp(directory: string) {
  const program = `#!/bin/sh\nexec tail -f ${directory}/log\n`;
  await writeTree(directory, { "bin/nix-instantiate": { program }, log: "" });
  const config = parseBuilderConfig({ CORNICE_PKGS_PATH: directory, CORNICE_SPOOL_DIR: join(directory, "spool") }, 1);
  const put = vi.fn(async () => {});
  const env = { PATH: `${directory}/bin:/usr/bin:/bin` };
  const isolation = withoutIsolation(env);
  const store = createDiskStore(join(directory, "objects"));
  return { builder: await createBuilder({ config, env, isolation, store, index: { put } }), put };
}

describe("if a folder cannot be used, the error names its setting", () => {
  test.for([
    ["the spool", "spool", "CORNICE_SPOOL_DIR"],
    ["the folder for kept layers", "spool-kept", "CORNICE_KEPT_MIB, which may be 0"],
  ] as const)("%s", async ([, name, setting], { directory }) => {
    await writeTree(directory, { [name]: "a file" });
    expect(await rejection(setUp(directory))).toMatchObject({
      name: "ConfigError",
      message: containing(`${setting}: ${directory}/${name} cannot be used: E`),
    });
  });
});

test("`close` ends the running build and its processes, and publishes nothing", async ({ directory }) => {
  const { builder, put } = await setUp(directory);
  const building = rejection(builder.build(REQUEST, () => {}));
  await until(async () => (await processesWith(`tail -f ${directory}`)).length > 0);
  await builder.close(new Error("stopping"));
  expect(await building).toMatchObject({ message: "stopping" });
  expect(await processesWith(directory)).toEqual([]);
  expect(put).not.toHaveBeenCalled();
});

test("a closed builder builds nothing more", async ({ directory }) => {
  const { builder } = await setUp(directory);
  await builder.close(new Error("stopping"));
  const building = rejection(builder.build(REQUEST, () => {}));
  expect(await building).toMatchObject({ message: "stopping" });
});
