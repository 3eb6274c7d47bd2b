import { expect } from "vitest";
import { imageEvent, imageSummary, imageTable } from "../../cli/image-report.ts";
import { test } from "../origin/fixtures.ts";
import { storedImage } from "./stored-image.ts";

test("the table has names, sizes and contents", async ({ directory }) => {
  const image = await storedImage(directory);
  const [first, second] = image.layers.map(({ digest }) => digest.slice(0, 19));
  expect(imageTable(image).split("\n")).toEqual([
    "image     localhost/git:latest",
    `manifest  ${image.manifest.digest}`,
    "source    test",
    "tag       latest",
    "revision  r1",
    "platform  linux/amd64",
    "packages  git python3Packages.requests",
    "layers    2, 29 B compressed",
    "",
    "SIZE  DIGEST               CONTENTS",
    `21 B  ${first}  git-2.51.0`,
    ` 8 B  ${second}  root`,
  ]);
});

test("unknown facts are left out", async ({ directory }) => {
  const unknown = { reference: undefined, source: undefined, tag: undefined, revision: undefined };
  const image = { ...(await storedImage(directory)), ...unknown };
  expect(imageTable(image)).not.toMatch(/^(image|source|tag|revision) /m);
  expect(JSON.parse(imageEvent(image))).not.toHaveProperty("revision");
});

test("JSON has everything, and no bytes", async ({ directory }) => {
  const image = await storedImage(directory);
  const { reference, source, tag, revision, architecture, packages, config, layers } = image;
  const { digest, size } = image.manifest;
  expect(JSON.parse(imageEvent(image, "a.tar"))).toEqual({
    event: "image",
    reference,
    source,
    tag,
    revision,
    architecture,
    packages,
    manifest: { digest, size },
    config,
    size: 29,
    layers,
    output: "a.tar",
  });
});

test("the summary is one line", async ({ directory }) => {
  const image = await storedImage(directory);
  expect(imageSummary(image)).toBe(`${image.manifest.digest}, 2 layers, 29 B`);
  expect(imageSummary({ ...image, layers: image.layers.slice(1) })).toContain(", 1 layer, ");
});
