import { expect, test } from "vitest";
import { type FindLayers, storeLayers } from "../../../image/assembly/store-layers.ts";
import { layerHash } from "../../../image/keys/layer-key.ts";
import { layerOf } from "../bundles/bundles.ts";
import { storePath } from "../layers/grouping.ts";

const GIT = storePath("git-2.51.0", 28_000_000);
const [PERL, ZLIB] = [storePath("perl-5.42", 300), storePath("zlib-1.3", 60_000)];
const REST = [PERL, ZLIB];
const REST_HASH = await layerHash(REST, "gzip");
const NOTHING: FindLayers = async () => new Map();

test("layers keep the order of the groups, with what they hold", async () => {
  const bundles = { solos: new Map([[GIT.path, layerOf("1")]]), rests: new Map([[REST_HASH, layerOf("2")]]) };
  expect(await storeLayers([[GIT], REST], bundles, "gzip", NOTHING)).toEqual([
    { ...layerOf("1"), description: "git-2.51.0", paths: [GIT.path] },
    { ...layerOf("2"), description: "2 store paths", paths: [PERL.path, ZLIB.path] },
  ]);
});

test("only the layers that no bundle has are looked for, all at once", async () => {
  const asked: (readonly string[])[] = [];
  const find: FindLayers = async (hashes) => {
    asked.push([...hashes]);
    return new Map([...hashes].map((hash) => [hash, layerOf("3")]));
  };
  const bundles = { solos: new Map([[GIT.path, layerOf("1")]]), rests: new Map() };
  const layers = await storeLayers([[GIT], [ZLIB], REST], bundles, "gzip", find);
  expect(layers.map(({ digest }) => digest)).toEqual(["1", "3", "3"].map((digit) => layerOf(digit).digest));
  expect(asked).toEqual([[await layerHash([ZLIB], "gzip"), REST_HASH]]);
});

test("a layer that was never packed is named", async () => {
  const error = { name: "CannotAssemble", message: "the layer with git-2.51.0 was not packed yet" };
  await expect(storeLayers([[GIT]], { solos: new Map(), rests: new Map() }, "gzip", NOTHING)).rejects.toMatchObject(
    error,
  );
});
