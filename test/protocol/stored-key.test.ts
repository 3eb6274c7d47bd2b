import { expect, test } from "vitest";
import { PROBE_KEY } from "../../protocol/deployment-check.ts";
import { sha256Digest } from "../../protocol/digest.ts";
import * as keys from "../../protocol/storage-keys.ts";
import { parseStoredKey, STORED_PREFIXES } from "../../protocol/stored-key.ts";
import { condemnedKey, SWEEP_CLOCK_KEY, SWEEP_LOCK_KEY, SWEEP_STATE_KEY } from "../../protocol/sweep-state.ts";

const HEX = "0123456789abcdef".repeat(4);
const DIGEST = sha256Digest(HEX);
const PATH_HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const SOURCE = "4ff9961269bf7630";
const REQUEST = { source: "starter", tag: "latest", packages: ["git", "htop"] };
const INDEX = `index/${SOURCE}/r1/`;

const OURS = [
  ["blob", keys.blobKey(DIGEST), { digest: DIGEST }],
  ["manifest", keys.manifestKey(DIGEST), { digest: DIGEST }],
  ["contents", keys.contentsKey(DIGEST), { digest: DIGEST }],
  ["attached", keys.attachedKey(DIGEST), { digest: DIGEST }],
  ["pulled", keys.pulledKey(DIGEST), { digest: DIGEST }],
  ["trust", keys.trustKey(HEX), { hash: HEX }],
  ["image", keys.imageKey(HEX), { hash: HEX }],
  ["request", keys.requestKey(HEX), { hash: HEX }],
  ["bundle", keys.bundleKey(HEX), { hash: HEX }],
  ["layer", keys.layerKey(HEX), { hash: HEX }],
  ["closure", keys.closurePathsKey(PATH_HASH), { hash: PATH_HASH }],
  ["tree", keys.treeKey(PATH_HASH), { hash: PATH_HASH }],
  ["tag", await keys.storedTagKey({ ...REQUEST, architecture: "amd64" }), { source: SOURCE, tag: "latest" }],
  ["tag", await keys.storedTagKey({ ...REQUEST, architecture: "amd64+arm64" }), { source: SOURCE, tag: "latest" }],
  [
    "tag",
    await keys.storedTagKey({ ...REQUEST, architecture: "arm64", packages: [], image: "web" }),
    { source: SOURCE, tag: "latest" },
  ],
  ["ref", await keys.refKey("starter", "v1.0"), { source: SOURCE, ref: "v1.0" }],
  ["indexed-ref", await keys.indexedRefKey("starter", "main"), { settings: SOURCE, ref: "main" }],
  ["name-index", keys.nameIndexMetaKey(`${INDEX}x86_64-linux/`), { prefix: INDEX, revision: "r1" }],
  ["name-index", keys.nameShardKey(`${INDEX}aarch64-linux/`, "0f"), { prefix: INDEX, revision: "r1" }],
  ["name-index", keys.setNamesKey(`${INDEX}x86_64-linux/`), { prefix: INDEX, revision: "r1" }],
  ["name-index", await keys.ownEntryKey(`${INDEX}x86_64-linux/`, "git"), { prefix: INDEX, revision: "r1" }],
  ["package-index", await keys.packageIndexKey("starter"), {}],
  ["layer-list", keys.LAYER_LIST_KEY, {}],
  ["public-keys", keys.PUBLIC_KEYS_KEY, {}],
  ["probe", PROBE_KEY, {}],
  ["collection", SWEEP_STATE_KEY, {}],
  ["collection", SWEEP_LOCK_KEY, {}],
  ["collection", SWEEP_CLOCK_KEY, {}],
  ["collection", condemnedKey("r-1"), {}],
] as const;

test.each(OURS)("a key of kind %s can be read back: %s", (kind, key, parts) => {
  expect(parseStoredKey(key)).toEqual({ kind, ...parts });
  expect(key.startsWith(STORED_PREFIXES[kind])).toBe(true);
});

test.each([
  "",
  "blobs/",
  `blobs/${HEX}`,
  `blobs/sha512/${HEX}`,
  `blobs/sha256/${HEX}0`,
  `blobs/sha256/${HEX.toUpperCase()}`,
  `/blobs/sha256/${HEX}`,
  `blobs/sha256/${HEX}/x`,
  `backup/blobs/sha256/${HEX}`,
  `trust/${HEX.slice(1)}`,
  `trees/${PATH_HASH}e`,
  `paths/${"e".repeat(32)}`,
  "tags/release",
  "tags/4ff9961269bf7630/amd64/git",
  "tags/4ff9961269bf7630/riscv/git:latest",
  "tags/4ff9961269bf7630/amd64/Git:latest",
  "tags/4ff9961269bf7630/amd64/git:a/b",
  "tags/v1/amd64/git:latest",
  "refs/heads/main",
  "refs/4ff9961269bf7630/heads/main",
  "index/4ff9961269bf7630/r1/x86_64-linux/other",
  "index/4ff9961269bf7630/r1/x86_64-linux/shard-xyz",
  "index/4ff9961269bf7630/../x86_64-linux/meta",
  "index/search.html",
  "package-index/4ff9961269bf7630/x",
  "package-index/readme",
  "layer-list.bak",
  "keys/cosign.pub.old",
  "gc/other",
  "probe/0",
  "probes",
  "images/cat.png",
])("no other key is ours: %j", (key) => expect(parseStoredKey(key)).toBeUndefined());
