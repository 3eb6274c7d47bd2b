import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { closureKey } from "../../../image/keys/closure-key.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { buildImage } from "../../../origin/builds/build-image.ts";
import { buildList } from "../../../origin/builds/build-list.ts";
import { createBuildSlots } from "../../../origin/builds/build-slots.ts";
import { createKnownLists } from "../../../origin/builds/publish-list.ts";
import { writeImage, writeImageRecord } from "../../../origin/builds/stored-image.ts";
import { readRecord } from "../../../origin/stores/object-store.ts";
import { ALL_ARCHITECTURES, imagesOfList, type ListRequest } from "../../../protocol/image-request.ts";
import { storedTagKey } from "../../../protocol/storage-keys.ts";
import { containing } from "../../matchers.ts";
import { rejection, test } from "../fixtures.ts";
import { writeFakeNix } from "../nix/fake-nix.ts";
import { EVALUATION, IMAGE, NEVER, REQUEST, setUp } from "./known-image.ts";

const LIST: ListRequest = { ...REQUEST, architecture: ALL_ARCHITECTURES };
const SUCCESS = { status: 200, body: '{"success":true}' };
const NOTHING = { ...EVALUATION, found: [] };
const says = (words: string) => `echo "error: ${words}" >&2; exit 1`;

/** What Nix's script does for each system. By default, it finds the package, whose image is known. */
interface Systems {
  readonly x86_64?: string;
  readonly aarch64?: string;
}

const answer = (evaluation: object) =>
  `while [ "$1" != --add-root ]; do shift; done; printf '%s!' "$2"; printf '%s\\n' '${JSON.stringify(evaluation)}'`;
const FINDS = answer(EVALUATION);

/** As `setUp` of a known image, with known images for both architectures. `evaluations` tells their systems. */
async function setUpList(directory: string, kvUrl: string, { x86_64 = FINDS, aarch64 = FINDS }: Systems = {}) {
  const { context, recorded } = await setUp(directory, kvUrl);
  const log = join(directory, "evaluations");
  await writeFile(log, "");
  const evaluate = `case "$*" in
*aarch64*) echo arm64 >> ${log}; ${aarch64} ;;
*) echo amd64 >> ${log}; ${x86_64} ;;
esac`;
  const realised = IMAGE.closure.map(({ path }) => path);
  await writeFakeNix(directory, { evaluation: EVALUATION, realised, closure: IMAGE.closure, evaluate });
  const { maxStoreLayers, compression } = context.config;
  for (const { architecture } of imagesOfList(LIST)) {
    const shape = { architecture, maxStoreLayers, popularity: NO_POPULARITY, compression };
    const contents = { packages: [], paths: [], layers: [] };
    const image = { config: JSON.stringify({ architecture }), layers: [], compression, contents };
    const manifests = await writeImage(context, Promise.resolve(image), Promise.resolve());
    await writeImageRecord(context, await closureKey({ image: IMAGE, ...shape }), manifests);
  }
  return {
    context: { ...context, knownLists: createKnownLists() },
    recorded,
    evaluations: async () => (await readFile(log, "utf8")).trim().split("\n").toSorted(),
  };
}

describe("a list", () => {
  test("stands for one revision, although the tag moves meanwhile", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUpList(directory, server.url);
    const asked: string[] = [];
    const resolveTag = async (tag: string) => {
      const revision = `r${asked.push(tag)}`;
      return { revision, isExact: true, fetch: async () => ({ kind: "path", location: "/pkgs", revision }) as const };
    };
    const record = await buildList({ ...context, resolveTag }, LIST, recorded.onEvent, NEVER);
    expect([asked, record.revision]).toEqual([["latest"], "r1"]);
    for (const image of imagesOfList(LIST))
      expect(await readRecord(context.store, await storedTagKey(image))).toMatchObject({ revision: "r1" });
  });

  test("shares the build of an image with a caller that asks for the image alone", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded, evaluations } = await setUpList(directory, server.url);
    const [image, list] = await Promise.all([
      buildImage(context, { ...REQUEST, architecture: "arm64" }, () => {}, NEVER),
      buildList(context, LIST, recorded.onEvent, NEVER),
    ]);
    expect(await evaluations()).toEqual(["amd64", "arm64"]);
    expect(list.resolvedAt.slice(0, 10)).toBe(image.resolvedAt.slice(0, 10));
  });

  test("holds no place of its own: its images take turns, even if there is one place", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUpList(directory, server.url);
    await Promise.all([1, 2].map(() => buildList(context, LIST, recorded.onEvent, NEVER)));
    expect(context.slots.counts).toEqual({ running: 0, waiting: 0 });
    expect(recorded.phases()).toContain("wait");
  });

  test("is not built if the origin stops", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUpList(directory, server.url);
    const signal = AbortSignal.abort(new Error("stopping"));
    expect(await rejection(buildList(context, LIST, recorded.onEvent, signal))).toMatchObject({ message: "stopping" });
    expect(server.calls).toEqual([]);
  });
});

describe("if the package set refuses all architectures, the error is", () => {
  const unknown = answer({ ...NOTHING, unknown: [{ name: "git", depth: 0, within: "" }] });
  const foreign = answer({ ...NOTHING, foreign: ["git"] });
  const unsupported = says("git does not support this system");
  const [amd64, arm64] = ["git is not available for amd64", "building git failed: git does not support this system"];

  test.for([
    ["the refusal itself, if all say the same", unknown, unknown, "no such package: git", "r1"],
    ["all refusals", foreign, unknown, `amd64: ${amd64}; arm64: no such package: git`, "r1"],
    ["of no revision, if one of them is not", foreign, unsupported, `amd64: ${amd64}; arm64: ${arm64}`, undefined],
  ] as const)("%s", async ([, x86_64, aarch64, message, revision], { directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUpList(directory, server.url, { x86_64, aarch64 });
    const error = await rejection(buildList(context, LIST, recorded.onEvent, NEVER));
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message, ...(revision && { revision }) });
    if (revision === undefined) expect(error).not.toHaveProperty("revision");
    expect(server.calls).toEqual([]);
  });
});

describe("if one image fails for a reason that may pass", () => {
  const failing = says("writing to file: No space left on device");

  test("the list fails with this error, whatever becomes of the others", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const foreign = answer({ ...NOTHING, foreign: ["git"] });
    const { context, recorded } = await setUpList(directory, server.url, { x86_64: foreign, aarch64: failing });
    const error = await rejection(buildList(context, LIST, recorded.onEvent, NEVER));
    expect(error).toMatchObject({ message: containing("No space left") });
    expect(await readRecord(context.store, await storedTagKey(LIST))).toBeUndefined();
  });

  test("the list fails at once, and the other image is built for the next call", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const started = join(directory, "go");
    const waiting = `while [ ! -e ${started} ]; do sleep 0.02; done; ${FINDS}`;
    const { context, recorded } = await setUpList(directory, server.url, { x86_64: waiting, aarch64: failing });
    const parallel = { ...context, slots: createBuildSlots(3) };
    await rejection(buildList(parallel, LIST, recorded.onEvent, NEVER));
    const [amd64 = REQUEST] = imagesOfList(LIST);
    const image = buildImage(parallel, amd64, recorded.onEvent, NEVER);
    await writeFile(started, "");
    expect(await image).toMatchObject({ revision: "r1" });
  });
});
