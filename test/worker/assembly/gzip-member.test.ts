import { describe, expect, it } from "vitest";
import { compressMembers, MEMBER_BYTES } from "../../../image/compression/members.ts";
import { digestOf } from "../../../protocol/digest.ts";
import { toHex } from "../../../protocol/hex.ts";
import { gzipMember } from "../../../worker/assembly/gzip-member.ts";
import { CONTENTS, EMPTY_MEMBER, GOLDEN_MEMBERS } from "../../image/compression/golden-members.ts";

describe("the Worker makes the members that the origin makes", () => {
  it.each(GOLDEN_MEMBERS)("%s, %i bytes", async (kind, size, digest) => {
    const bytes = compressMembers(CONTENTS[kind](size), MEMBER_BYTES.gzip, gzipMember);
    expect(await digestOf(bytes)).toBe(digest);
  });

  it("no bytes", () => {
    expect(toHex(gzipMember(new Uint8Array()))).toBe(EMPTY_MEMBER);
  });
});

it("a member never changes after its call", () => {
  const first = gzipMember(CONTENTS.lines(1000));
  const copy = toHex(first);
  gzipMember(CONTENTS.noise(1000));
  expect(toHex(first)).toBe(copy);
});

it("more bytes than a member may have are refused", () => {
  expect(() => gzipMember(new Uint8Array(MEMBER_BYTES.gzip + 1))).toThrow(RangeError);
});

// The memory of 16 MiB cannot grow. If each call kept a buffer, there would be no room after some calls.
it("a thousand calls need no more memory than one", () => {
  const bytes = CONTENTS.zeros(65_536);
  const expected = toHex(gzipMember(bytes));
  for (let count = 0; count < 1000; count++) gzipMember(bytes);
  expect(toHex(gzipMember(bytes))).toBe(expected);
});
