import { expect, test } from "vitest";
import { compressMembers } from "../../../image/compression/members.ts";

test.each<[number, readonly number[]]>([
  [0, []],
  [1, [1]],
  [9, [9]],
  [10, [10]],
  [11, [10, 1]],
  [20, [10, 10]],
  [25, [10, 10, 5]],
])("a tar of %i bytes has members of %j bytes", (size, expected) => {
  const tar = Uint8Array.from({ length: size }, (_, index) => index);
  const sizes: number[] = [];
  const bytes = compressMembers(tar, 10, (member) => {
    sizes.push(member.length);
    return Uint8Array.of(...member, 255);
  });
  expect(sizes).toEqual(expected);
  expect(bytes.filter((byte) => byte !== 255)).toEqual(tar);
  expect(bytes).toHaveLength(size + expected.length);
});
