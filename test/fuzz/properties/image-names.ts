import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatImageName, type ImageName, parseImageName } from "../../../protocol/image-name.ts";
import { requestedName } from "../../../protocol/image-request.ts";
import { mutated, oddText } from "../odd-text.ts";
import { accepted, isOciError, type Property, property } from "../property.ts";
import { imageName } from "../valid.ts";

/** The distribution specification's grammar of a whole name, written independently of the parser. */
const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const MAX_LENGTH = 255;

const anyName = fc.oneof(imageName, mutated(imageName), oddText(300));
const maxPackages = fc.constantFrom(1, 3, 64, 255);

function parse(name: string, max = MAX_LENGTH): ImageName | undefined {
  return accepted(() => parseImageName(name, max), isOciError("NAME_INVALID"));
}

export const imageNames: readonly Property[] = [
  property("image-names/grammar", fc.tuple(anyName, maxPackages), ([name, max]) => {
    const parsed = parse(name, max);
    if (!parsed) return;
    const { packages, image } = parsed;
    assert.ok(name.length <= MAX_LENGTH);
    assert.match(name, NAME);
    assert.match(requestedName(parsed), NAME);
    assert.ok(image === undefined ? packages.length > 0 && packages.length <= max : packages.length === 0);
    assert.deepEqual(packages, [...new Set(packages)].toSorted());
  }),

  property("image-names/plain-packages", fc.array(fc.stringMatching(/^[b-r]{1,9}$/), { minLength: 1 }), (names) => {
    const name = names.filter((word) => word !== "images").join("/");
    if (name === "") return;
    const packages = [...new Set(name.split("/"))].toSorted();
    const isAllowed = name.length <= MAX_LENGTH && packages.length <= 64;
    assert.deepEqual(parse(name, 64)?.packages, isAllowed ? packages : undefined);
  }),

  property("image-names/round-trip", anyName, (name) => {
    const parsed = parse(name);
    if (!parsed) return;
    const written = formatImageName(parsed);
    assert.ok(written.length <= MAX_LENGTH);
    assert.deepEqual(parse(written), parsed);
    assert.equal(formatImageName(parseImageName(written, MAX_LENGTH)), written);
  }),
];
