import { describe, expect, test } from "vitest";
import { NarInfoError, parseNarInfo } from "../../../origin/caches/nar-info.ts";

const PATH = "/nix/store/10s5j3mfdg22k1597x580qrhprnzcjwb-hello-2.12.1";
/** In the form of cache.nixos.org. */
const HELLO = `StorePath: ${PATH}
URL: nar/06lbfqmbvw8xvgm17cp2y8z4pxwljdd8cw5yy8hc7wm5sd0rqf8b.nar.xz
Compression: xz
FileHash: sha256:06lbfqmbvw8xvgm17cp2y8z4pxwljdd8cw5yy8hc7wm5sd0rqf8b
FileSize: 50096
NarHash: sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s
NarSize: 226560
References: ia1zpg1s63v6b3vin3n7bxxjgcs51s2r-glibc-2.40 10s5j3mfdg22k1597x580qrhprnzcjwb-hello-2.12.1
Deriver: 3v8pl3yhpm26ql55nnqygf3qqc4rcxpx-hello-2.12.1.drv
Sig: cache.nixos.org-1:${"A".repeat(86)}==
`;
const HASH = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const SELF = PATH;
const GLIBC = "/nix/store/ia1zpg1s63v6b3vin3n7bxxjgcs51s2r-glibc-2.40";

test("a narinfo says what the archive is", () => {
  expect(parseNarInfo(HELLO, PATH)).toEqual({
    path: PATH,
    narHash: HASH,
    narSize: 226_560,
    references: [SELF, GLIBC],
    url: "nar/06lbfqmbvw8xvgm17cp2y8z4pxwljdd8cw5yy8hc7wm5sd0rqf8b.nar.xz",
    compression: "xz",
    fileSize: 50_096,
    signatures: [{ name: "cache.nixos.org-1", bytes: Buffer.alloc(64) }],
  });
});

function changed(name: string, line: string): string {
  return HELLO.replace(new RegExp(`^${name}:.*\\n`, "m"), line);
}

describe("also reads", () => {
  test.each([
    ["a hash in hexadecimal", changed("NarHash", `NarHash: sha256:${HASH}\n`), { narHash: HASH }],
    [
      "a hash in base 64",
      changed("NarHash", `NarHash: sha256:${Buffer.from(HASH, "hex").toString("base64")}\n`),
      { narHash: HASH },
    ],
    [
      "a hash in the form of the web",
      changed("NarHash", `NarHash: sha256-${Buffer.from(HASH, "hex").toString("base64")}\n`),
      { narHash: HASH },
    ],
    ["no compression, which is bzip2", changed("Compression", ""), { compression: "bzip2" }],
    ["no size of the file", changed("FileSize", ""), { fileSize: undefined }],
    ["a size of the file that the cache does not know", changed("FileSize", "FileSize: 0\n"), { fileSize: undefined }],
    ["no references", changed("References", "References: \n"), { references: [] }],
    ["no references, and no space", changed("References", "References:\n"), { references: [] }],
    ["no signature", changed("Sig", ""), { signatures: [] }],
    ["a signature that is none", changed("Sig", "Sig: key:short\n"), { signatures: [] }],
    ["a whole address", changed("URL", "URL: https://cdn.example.com/a\n"), { url: "https://cdn.example.com/a" }],
    ["lines of later versions", `${HELLO}Provenance: {}\n`, { narSize: 226_560 }],
  ])("%s", (_, text, expected) => {
    expect(parseNarInfo(text, PATH)).toMatchObject(expected);
  });
});

describe("refuses", () => {
  test.each([
    ["nothing", "", "line 1 has no name"],
    ["a page of HTML", "<html></html>", "line 1 has no name"],
    ["another path", HELLO.replace("hello-2.12.1\nURL", "hello-2.12.0\nURL"), "it describes another store path"],
    ["a line without a name", `${HELLO}: x\n`, "line 11 has no name"],
    ["no path", changed("StorePath", ""), "StorePath is missing"],
    ["no address", changed("URL", ""), "URL is missing"],
    ["an address with a space", changed("URL", "URL: a b\n"), "URL is no address"],
    ["an address that is too long", changed("URL", `URL: ${"a".repeat(2049)}\n`), "URL is no address"],
    ["no hash", changed("NarHash", ""), "NarHash is missing"],
    ["another kind of hash", changed("NarHash", `NarHash: md5:${"0".repeat(26)}\n`), "NarHash is no SHA-256"],
    ["a hash with wrong digits", changed("NarHash", `NarHash: sha256:${"e".repeat(52)}\n`), "NarHash is no SHA-256"],
    ["a hash in upper case", changed("NarHash", `NarHash: sha256:${HASH.toUpperCase()}\n`), "NarHash is no SHA-256"],
    ["no size", changed("NarSize", ""), "NarSize is missing"],
    ["a size of 0", changed("NarSize", "NarSize: 0\n"), "NarSize is 0"],
    ["a negative size", changed("NarSize", "NarSize: -1\n"), "NarSize is no size"],
    ["a size that no number holds", changed("NarSize", `NarSize: ${"9".repeat(16)}\n`), "NarSize is no size"],
    ["a wrong size of the file", changed("FileSize", "FileSize: x\n"), "FileSize is no size"],
    [
      "a rare compression",
      changed("Compression", "Compression: lzip\n"),
      'Compression is "lzip", which is not supported',
    ],
    [
      "a reference that leads out",
      changed("References", "References: ../../etc\n"),
      "References has something that is no",
    ],
    [
      "a reference with its folder",
      changed("References", `References: ${SELF}\n`),
      "References has something that is no",
    ],
    ["a line twice", `${HELLO}NarSize: 1\n`, "it says NarSize twice"],
    ["too many signatures", HELLO + HELLO.slice(HELLO.indexOf("Sig:")).repeat(32), "it has more than 32 signatures"],
    ["too many bytes", HELLO + "a".repeat(1_048_576), "it has more than 1048576 bytes"],
  ])("%s", (_, text, message) => {
    expect(() => parseNarInfo(text, PATH)).toThrow(NarInfoError);
    expect(() => parseNarInfo(text, PATH)).toThrow(message);
  });
});
