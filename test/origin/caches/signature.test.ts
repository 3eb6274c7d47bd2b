import { expect, test } from "vitest";
import { parseNarInfo } from "../../../origin/caches/nar-info.ts";
import { parsePublicKey } from "../../../origin/caches/public-key.ts";
import { fingerprint, signingKeyName } from "../../../origin/caches/signature.ts";
import { makeKey, narInfoOf, pathOf } from "./signed-path.ts";

const PATH = pathOf("hello-2.12");
const REFERENCES = [PATH, pathOf("glibc-2.40", 2)];
const KEY = makeKey("cache.example.com-1");

function info(keys = [KEY], references = REFERENCES) {
  return parseNarInfo(narInfoOf(PATH, keys, { references }), PATH);
}

test("the text that a key signs", () => {
  const narHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(fingerprint({ path: PATH, narHash, narSize: 12, references: REFERENCES })).toBe(
    `1;${PATH};sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s;12;${REFERENCES.join(",")}`,
  );
});

test("a path of cache.nixos.org", () => {
  const path = "/nix/store/syd87l2rxw8cbsxmxl853h0r6pdwhwjr-curl-7.82.0-bin";
  // From Nix's manual.
  const text = `StorePath: ${path}
URL: nar/05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56.nar.xz
Compression: xz
FileHash: sha256:05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56
FileSize: 68852
NarHash: sha256:1b4sb93wp679q4zx9k1ignby1yna3z7c4c2ri3wphylbc2dwsys0
NarSize: 196040
References: 0jqd0rlxzra1rs38rdxl43yh6rxchgc6-curl-7.82.0 6w8g7njm4mck5dmjxws0z1xnrxvl81xa-glibc-2.34-115 j5jxw3iy7bbz4a57fh9g2xm2gxmyal8h-zlib-1.2.12 yxvjs9drzsphm9pcf42a4byzj1kb9m7k-openssl-1.1.1n
Deriver: 5rwxzi7pal3qhpsyfc16gzkh939q1np6-curl-7.82.0.drv
Sig: cache.nixos.org-1:TsTTb3WGTZKphvYdBHXwo6weVILmTytUjLB+vcX89fOjjRicCHmKA4RCPMVLkj6TMJ4GMX3HPVWRdD1hkeKZBQ==
Sig: test1:519iiVLx/c4Rdt5DNt6Y2Jm6hcWE9+XY69ygiWSZCNGVcmOcyL64uVAJ3cV8vaTusIZdbTnYo9Y7vDNeTmmMBQ==
`;
  const key = parsePublicKey("cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=");
  expect(key && signingKeyName(parseNarInfo(text, path), [key])).toBe("cache.nixos.org-1");
});

test.each([
  ["a signature of a trusted key", info(), [KEY], KEY.name],
  ["one trusted key of several", info([makeKey("other"), KEY]), [makeKey("other"), KEY], KEY.name],
  ["no signature", info([]), [KEY], undefined],
  ["a key that is not trusted", info(), [], undefined],
  ["another key of the same name", info([makeKey(KEY.name)]), [KEY], undefined],
  ["the key under another name", info([{ ...KEY, name: "x" }]), [KEY], undefined],
  ["another size", { ...info(), narSize: 1 }, [KEY], undefined],
  ["another hash", { ...info(), narHash: "b".repeat(64) }, [KEY], undefined],
  ["a reference too few", { ...info(), references: [PATH] }, [KEY], undefined],
  ["another path", { ...info(), path: pathOf("hello-2.11") }, [KEY], undefined],
])("%s", (_, signed, keys, expected) => {
  expect(
    signingKeyName(
      signed,
      keys.map(({ publicKey }) => publicKey),
    ),
  ).toBe(expected);
});

test.each(["", "name", "name:short", `:${"A".repeat(43)}=`, `a b:${"A".repeat(43)}=`, `a:${"A".repeat(44)}`])(
  "%j is no public key",
  (text) => {
    expect(parsePublicKey(text)).toBeUndefined();
  },
);
