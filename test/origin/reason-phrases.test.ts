import { describe, expect, test } from "vitest";
import { checkImageSize } from "../../origin/builds/image-size.ts";
import { checkImageUser } from "../../origin/builds/image-user.ts";
import { createNixLog, type NixLog } from "../../origin/nix/nix-log.ts";
import { throwIfProblems } from "../../origin/nix/package-problems.ts";
import { buildError, timeoutError } from "../../origin/nix/prepare-errors.ts";
import { unknownTag, unreachable } from "../../origin/sources/revision.ts";
import { CommandError } from "../../origin/system/command.ts";
import { parseDigest } from "../../protocol/digest.ts";
import { parseImageName } from "../../protocol/image-name.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { parseTag } from "../../protocol/tag.ts";
import { NOTHING } from "./nix/evaluations.ts";
import { reasonPhrase } from "../../worker/answers/reason-phrase.ts";

/** Some clients print the reason phrase alone, and cut it here. */
const MAX_LENGTH = 240;
/** An address of a build under a host of 40 characters. */
const PAGE = { title: "the build's log", address: `https://${"h".repeat(40)}/builds/${"0".repeat(64)}` };

const LONG = `a${"-long".repeat(50)}`;
const SUBJECT = {
  name: LONG,
  system: "x86_64-linux",
  isFlake: false,
  nixVersion: { text: "2.8.0", numbers: [2, 8, 0] },
  redact: (text: string) => text,
};
const DERIVATION = `/nix/store/${"0".repeat(32)}-${"x".repeat(200)}.drv`;
const RUNNING = { work: "build", path: DERIVATION, startedAt: 0 } as const;

/** The log of a Nix that printed an error. */
function logOf(...lines: string[]): NixLog {
  const log = createNixLog({ now: () => 0, onEvent: () => undefined });
  for (const line of lines) log.read(line);
  return log;
}

function failure(reason: string): OciError {
  return buildError(SUBJECT, logOf(`error: ${reason}`), new CommandError("nix-store ended"));
}

function thrown(act: () => unknown): OciError {
  try {
    act();
  } catch (error) {
    if (error instanceof OciError) return error;
  }
  throw new Error("there was no error");
}

const refused = (why: string) => `Package ‘${"x".repeat(100)}’ in /x.nix:1 ${why}, refusing to evaluate.`;

const errors: [title: string, error: () => OciError, told: RegExp][] = [
  [
    "a builder that failed",
    () => failure(`builder for '${DERIVATION}' failed with exit code 2`),
    /^building a-long\S+ failed: builder for x\S+ failed/,
  ],
  ["a text that a package set throws", () => failure("x".repeat(5000)), /^building a-long\S+ failed: x/],
  [
    "no reason",
    () => buildError(SUBJECT, logOf(), new CommandError("killed")),
    /^building a-long\S+ failed: see the log/,
  ],
  ["a license", () => failure(refused("has an unfree license (‘unfree’)")), /x has an unfree license/],
  ["a broken package", () => failure(refused("is marked as broken")), /x is marked as broken/],
  [
    "a build that takes too long",
    () => timeoutError(SUBJECT, { timeoutS: 60, running: Array.from({ length: 5 }, () => RUNNING), at: 1000 }),
    /^building a-long\S+ took longer than 60 s and was stopped/,
  ],
  [
    "an unknown package with near matches",
    () => {
      const names = new Map([["", [`${LONG}b`, `${LONG}c`]]]);
      return thrown(() =>
        throwIfProblems({ ...NOTHING, unknown: [{ name: LONG, depth: 0, within: "" }], names }, "amd64"),
      );
    },
    /^no such package: a-long\S+; did you mean a-long\S+g?b or a-long\S+c\?/,
  ],
  [
    "many unknown packages",
    () => {
      const unknown = Array.from({ length: 64 }, (_, index) => ({ name: `package-${index}`, depth: 0, within: "" }));
      return thrown(() => throwIfProblems({ ...NOTHING, unknown }, "amd64"));
    },
    /^no such package: package-0; no such package: package-1;/,
  ],
  [
    "a foreign package",
    () => thrown(() => throwIfProblems({ ...NOTHING, foreign: [LONG] }, "arm64")),
    /^a-long\S+ is not available for arm64/,
  ],
  [
    "an image that is too large",
    () => thrown(() => checkImageSize([{ narSize: 2e12 }], 1e9)),
    /^the image would have 2.0 TB.*builds images of/,
  ],
  [
    "a user without an account",
    () => thrown(() => checkImageUser(LONG, { users: [], groups: [] })),
    /^the image runs as the user a-long\S+, which its \/etc\/passwd does not have/,
  ],
  [
    "a tag that the source lacks",
    () => unknownTag("t".repeat(128), "it is none of main, release-*"),
    /^no such tag: t\S+; it is none of/,
  ],
  ["a source that cannot be read", () => unreachable(`git ls-remote ${LONG}`, undefined), /cannot be read now/],
  ["a name with capitals", () => thrown(() => parseImageName("A".repeat(255), 64)), /cannot be part of an image name/],
  ["a name with too many packages", () => thrown(() => parseImageName("a/b/c", 2)), /lists 3 packages; at most 2/],
  [
    "a name that is too long",
    () => thrown(() => parseImageName("a".repeat(256), 64)),
    /has 256 characters; at most 255/,
  ],
  ["a malformed tag", () => thrown(() => parseTag("-".repeat(200))), /cannot be a tag/],
  ["a malformed digest", () => thrown(() => parseDigest("x".repeat(200))), /^not a digest/],
];

describe("the reason phrase tells people of", () => {
  test.each(errors)("%s", (_, error, told) => {
    const { message } = error();
    for (const page of [undefined, PAGE]) {
      const phrase = reasonPhrase({ message, page });
      expect(phrase).toMatch(told);
      expect(phrase.length).toBeLessThanOrEqual(MAX_LENGTH);
      if (page) expect(phrase.endsWith(`; see ${page.address}`)).toBe(true);
    }
  });
});
