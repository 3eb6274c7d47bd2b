import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compressMembers, MEMBER_BYTES } from "../../../image/compression/members.ts";
import { COMPRESSORS } from "../../../origin/packing/compression.ts";
import { createPacker } from "../../../origin/packing/packer.ts";
import { digestOf } from "../../../protocol/digest.ts";
import { toHex } from "../../../protocol/hex.ts";
import { CONTENTS, EMPTY_MEMBER, GOLDEN_MEMBERS } from "../../image/compression/golden-members.ts";
import { MIB, pack, test } from "./packing.ts";

describe("the members of gzip are those that the Worker makes", () => {
  it.each(GOLDEN_MEMBERS)("%s, %i bytes", async (kind, size, digest) => {
    const bytes = compressMembers(CONTENTS[kind](size), MEMBER_BYTES.gzip, COMPRESSORS.gzip);
    expect(await digestOf(bytes)).toBe(digest);
  });

  it("no bytes", () => {
    expect(toHex(COMPRESSORS.gzip(new Uint8Array()))).toBe(EMPTY_MEMBER);
  });
});

const HEADER_BYTES = 512;
const TRAILER_BYTES = 1024;

describe.each(["gzip", "zstd"] as const)("a packed layer with %s is its tar in members", (compression) => {
  const memberBytes = MEMBER_BYTES[compression];
  test.for([
    ["less than a member", 3 * 512],
    ["a member", memberBytes],
    ["a member and a block", memberBytes + 512],
    ["two members", 2 * memberBytes],
    ["several members", 2 * memberBytes + MIB / 2],
  ] as const)("%s", async ([, tarBytes], { directory, onTestFinished }) => {
    const packer = createPacker({ compressors: 1, compression });
    onTestFinished(() => packer.close());
    const content = { kind: "bytes", bytes: CONTENTS.mixed(tarBytes - HEADER_BYTES - TRAILER_BYTES) } as const;
    const entry = { type: "file", name: "f", mode: 0o444, content } as const;
    const { tar, compressed } = await pack(packer, [entry], join(directory, "layer"), compression);
    expect(tar).toHaveLength(tarBytes);
    expect(compressed.equals(compressMembers(tar, memberBytes, COMPRESSORS[compression]))).toBe(true);
  });
});
