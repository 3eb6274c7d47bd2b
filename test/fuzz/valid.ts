import * as fc from "fast-check";
import type { BuildEvent } from "../../protocol/build-events.ts";
import { type Digest, sha256Digest } from "../../protocol/digest.ts";
import { MAX_IMAGE_LAYERS } from "../../protocol/manifest.ts";
import type { RefRecord } from "../../protocol/ref-record.ts";
import { oddText } from "./odd-text.ts";

// Input that the parsers accept. Mutations begin with it.

function digits(alphabet: string, length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength: length, maxLength: length });
}

/** `length` hexadecimal digits, in lower case. */
export function hex(length: number): fc.Arbitrary<string> {
  return digits("0123456789abcdef", length);
}

export const hash: fc.Arbitrary<string> = hex(64);
export const commit: fc.Arbitrary<string> = hex(40);
export const digest: fc.Arbitrary<Digest> = hash.map(sha256Digest);

export const tag: fc.Arbitrary<string> = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/);

const word = fc.oneof(
  fc.constantFrom(
    "shell",
    "images",
    "amd64",
    "arm64",
    "bashinteractive",
    "coreutils",
    "moreutils",
    "nano",
    "manifests",
  ),
  fc.stringMatching(/^[a-z0-9]{1,9}(?:[._-][a-z0-9]{1,4})?$/),
);

/** One step of an image name. */
export const component: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: word },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z0-9]{80,260}$/) },
);

/** A name that fits the grammar. It may be too long, or stand for no image. */
export const imageName: fc.Arbitrary<string> = fc
  .array(component, { minLength: 1, maxLength: 9 })
  .map((components) => components.join("/"));

export const storePath: fc.Arbitrary<string> = fc
  .tuple(digits("0123456789abcdfghijklmnpqrsvwxyz", 32), fc.stringMatching(/^[0-9a-zA-Z+._?=-]{1,30}$/))
  .map(([base32, name]) => `/nix/store/${base32}-${name}`);

export const tagRecord = fc.record({
  manifests: fc.record({ oci: digest, docker: digest }),
  revision: fc.oneof(commit, oddText()),
  resolvedAt: fc.constant("2025-11-28T12:00:00.000Z"),
});

const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const shortText = fc.string({ minLength: 1, maxLength: 150, unit: "binary" });

const distribution = fc.record({ id: shortText, version: shortText });

export const refRecord: fc.Arbitrary<RefRecord> = fc.record(
  {
    revision: fc.oneof(commit, shortText),
    resolvedAt: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    index: fc.tuple(hex(16), fc.stringMatching(/^\w[\w+-]{0,127}$/)).map((words) => `index/${words.join("/")}/`),
    shape: fc.record({
      format: count,
      maxStoreLayers: fc.integer({ min: 1, max: MAX_IMAGE_LAYERS - 1 }),
      compression: fc.constantFrom("gzip", "zstd"),
      popularity: hash,
    }),
    maxImageBytes: count,
    evaluation: fc.record({ nixpkgs: shortText, nixpkgsConfig: shortText }, { requiredKeys: [] }),
    bills: fc.record({ packageSet: shortText, distribution, areSigned: fc.boolean() }, { requiredKeys: [] }),
  },
  { requiredKeys: ["revision", "resolvedAt", "index", "shape", "maxImageBytes", "evaluation"] },
);

const layerEvent = fc
  .tuple(fc.nat({ max: 120 }), fc.integer({ min: 1, max: 20 }), oddText(), digest, fc.maxSafeNat(), fc.boolean())
  .map(([index, more, description, layer, size, known]) => ({
    event: "layer" as const,
    index,
    total: index + more,
    description,
    digest: layer,
    size,
    known,
  }));

export const buildEvent: fc.Arbitrary<BuildEvent> = fc.oneof(
  fc.constantFrom<BuildEvent>({ event: "queued" }, { event: "heartbeat" }),
  fc.record({
    event: fc.constant("phase"),
    phase: fc.constantFrom("resolve", "evaluate", "realise", "group", "pack", "publish"),
  }),
  fc.record({ event: fc.constant("log"), line: oddText() }),
  fc.record({
    event: fc.constant("work"),
    work: fc.constantFrom("build", "download"),
    name: fc.oneof(fc.constantFrom("git-2.51.0", "htop-3.4"), oddText()),
    state: fc.constantFrom("started", "ended", "failed", "stopped"),
  }),
  layerEvent,
  tagRecord.map((record) => ({ event: "image" as const, ...record })),
  fc.record(
    {
      event: fc.constant("error"),
      code: fc.constantFrom("MANIFEST_UNKNOWN", "UNKNOWN", "NAME_INVALID"),
      message: oddText(),
      detail: fc.jsonValue({ maxDepth: 2 }),
      revision: commit,
    },
    { requiredKeys: ["event", "code", "message"] },
  ),
);
