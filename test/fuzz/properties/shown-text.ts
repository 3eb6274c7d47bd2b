import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatBytes } from "../../../protocol/format-bytes.ts";
import { plainLine, plainText, withoutControls } from "../../../protocol/plain-text.ts";
import { redactPaths } from "../../../origin/system/redact.ts";
import { acceptedFormats } from "../../../worker/requests/accepted-format.ts";
import { clientFamily } from "../../../worker/requests/client-family.ts";
import { hasTag } from "../../../worker/answers/content.ts";
import { headerText } from "../../../worker/answers/header-text.ts";
import { reasonPhrase } from "../../../worker/answers/reason-phrase.ts";
import { imageText } from "../../../worker/site/image-text.ts";
import { mutatedJson, oddJson } from "../odd-json.ts";
import { longText, oddText } from "../odd-text.ts";
import { type Property, property, quickly } from "../property.ts";
import { digest } from "../valid.ts";

const escapes = fc
  .array(
    fc.oneof(fc.constantFrom("\u001b[", "\u001b]8;;", "\u009b", "31;1m", "\u0007", "\u001b\\", ";#", "(B"), oddText(4)),
  )
  .map((parts) => parts.join(""));
const line = fc.oneof(
  escapes,
  oddText(80),
  longText("\u001b", "\u001b[", "\u001b]8;;", ";", "#", ";#", "1;", "\u009b"),
);

const PLACES = [
  ["/home/builder", "HOME"],
  ["/home/builder/pkgs", "SOURCE"],
  ["/var/tmp/spool-1/", "SPOOL"],
  ["/opt/a (1)+[x]", "CORNICE"],
  ["", "NOTHING"],
  ["/", "ROOT"],
] as const;
const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const machinePath = fc.constantFrom(
  ...PLACES.map(([path]) => path),
  `/nix/store/${HASH}-a`,
  "/home/other",
  "/home/builder2",
);
/** Characters that cannot be a part of the path beside them. */
const separator = fc.constantFrom(" ", "'", '"', ":", "(", ")", "\n", ",", "\u2028");
const machineText = fc
  .array(fc.tuple(separator, machinePath, fc.constantFrom("", "/x", "/x y", "/"), separator))
  .map((parts) => parts.flat().join(""));

const manifest = fc.record({ layers: fc.array(fc.record({ digest, size: fc.nat() }), { maxLength: 3 }) });

/** Characters that could control a terminal, or reorder or hide text. */
const STEERING = /[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;

export const shownText: readonly Property[] = [
  property(
    "shown-text/reason-phrase",
    fc.tuple(fc.oneof(line, longText("error[", "error:", "; ", ":", "\n", "a")), fc.option(fc.nat({ max: 253 }))),
    ([message, hostLength]) => {
      const address = `https://${"h".repeat(hostLength ?? 0)}/builds/0`;
      const page = hostLength === null ? undefined : { title: "log", address };
      const phrase = quickly(() => reasonPhrase({ message, page }));
      assert.match(phrase, /^[ -~]{0,240}$/);
      assert.equal(phrase.includes("https://h"), phrase.endsWith(`; see ${address}`) && (hostLength ?? 0) > 0);
    },
  ),

  property("shown-text/plain-line", line, (text) => {
    const plain = quickly(() => plainLine(text));
    assert.doesNotMatch(plain, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.equal(plainLine(plain), plain);
  }),

  property(
    "shown-text/redacted",
    fc.tuple(machineText, fc.shuffledSubarray(PLACES.slice(), { minLength: PLACES.length })),
    ([text, places]) => {
      const redacted = redactPaths(text, places);
      assert.doesNotMatch(redacted, /\/home\/builder(?!2)|\/var\/tmp|\/opt\/|[0-9a-z]{32}-/);
      assert.equal(redacted.includes("builder2"), text.includes("builder2"));
      assert.equal(redactPaths(redacted, places), redacted);
    },
  ),

  property(
    "shown-text/redacted-any-text",
    fc.oneof(oddText(200), longText("/home/builder", "/", "/nix/store/")),
    (text) => {
      assert.ok(typeof quickly(() => redactPaths(text, PLACES)) === "string");
    },
  ),

  property("shown-text/plain-text", line, (text) => {
    const plain = quickly(() => plainText(text));
    assert.doesNotMatch(plain, STEERING);
    assert.equal(plainText(plain), plain);
    assert.equal(plainLine(text), plain.replaceAll("\t", " ").replaceAll("\n", ""));
  }),

  property("shown-text/without-controls", line, (text) => {
    const shown = quickly(() => withoutControls(text));
    assert.doesNotMatch(shown, STEERING);
    assert.equal(withoutControls(shown), shown);
  }),

  property("shown-text/header", fc.tuple(line, fc.nat({ max: 60 })), ([text, maxLength]) => {
    const header = quickly(() => headerText(text, maxLength));
    assert.ok(header.length <= maxLength);
    assert.match(header, /^[ -~]*$/);
    assert.doesNotThrow(() => new Headers({ Warning: header }));
  }),

  property(
    "shown-text/image",
    fc.tuple(fc.oneof(manifest, mutatedJson(manifest), oddJson), oddText(), digest),
    ([value, description, oci]) => {
      const contents = { packages: [], paths: [], layers: [{ digest: oci, size: 1, description, paths: [] }] };
      const manifests = { oci, docker: oci };
      const built = {
        manifests,
        revision: description,
        resolvedAt: description,
        manifest: value,
        config: null,
        contents,
      };
      const info = {
        name: "git",
        tag: "latest",
        architecture: "amd64",
        platforms: ["amd64"],
        buildKey: "",
        built,
      } as const;
      assert.doesNotMatch(imageText(info, "registry.example"), STEERING);
    },
  ),

  property(
    "shown-text/client-headers",
    fc.oneof(oddText(80), longText(",", ";", "containers/", " "), longText("W/", '"')),
    (text) => {
      assert.match(
        quickly(() => clientFamily(text)),
        /^[a-z-]+$/,
      );
      assert.match(
        quickly(() => acceptedFormats(text).image),
        /^(?:oci|docker)$/,
      );
      assert.equal(
        quickly(() => hasTag(text, '"no such tag at all"')),
        text.split(",").some((tag) => tag.trim() === "*"),
      );
    },
  ),

  property("shown-text/bytes", fc.maxSafeNat(), (bytes) => {
    assert.match(formatBytes(bytes), /^\d{1,4}(?:\.\d)? (?:B|kB|MB|GB|TB)$/);
  }),
];
