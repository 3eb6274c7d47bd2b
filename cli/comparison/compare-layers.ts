import { isStorePath, STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { VerificationError } from "../../image/verification/verification-error.ts";
import { type ByteDifference, compareBytes } from "./compare-bytes.ts";
import { type TarHeader, type TarMember, TarWalk } from "./tar-walk.ts";

/** Where two uncompressed layers differ first. */
export interface LayerDifference {
  /** Undefined for a file outside of the Nix store. */
  readonly storePath: string | undefined;
  /** The path in the image, without a slash in front. */
  readonly file: string;
  /** What differs, in words. The first layer is that of the registry. */
  readonly what: string;
}

const ATTRIBUTES: readonly (readonly [words: string, show: (header: TarHeader) => string])[] = [
  ["type", ({ type }) => type],
  ["mode", ({ mode }) => mode.toString(8)],
  ["owner", ({ uid, gid }) => `${uid}:${gid}`],
  ["link", ({ linkname }) => JSON.stringify(linkname ?? "")],
  ["time", ({ mtime }) => String(mtime.getTime() / 1000)],
];

/**
 * Walks two uncompressed layers side by side, up to the first difference: the registry's and the one of this machine.
 * Undefined if all members are equal. Then only the bytes between them can differ.
 */
export async function compareLayers(
  registry: AsyncIterable<Uint8Array>,
  here: AsyncIterable<Uint8Array>,
): Promise<LayerDifference | undefined> {
  await using first = new TarWalk(registry);
  await using second = new TarWalk(here);
  try {
    return await firstDifference(first, second);
  } catch (error) {
    throw first.failure ?? second.failure ?? tarProblem(error);
  }
}

/** The errors of tar-stream have no class and no code. */
function tarProblem(error: unknown): unknown {
  if (!(error instanceof Error) || error.constructor !== Error) return error;
  return new VerificationError("malformed", "a layer is no tar archive, or ends early");
}

async function firstDifference(first: TarWalk, second: TarWalk): Promise<LayerDifference | undefined> {
  for (;;) {
    const [a, b] = await Promise.all([first.next(), second.next()]);
    if (!a && !b) return undefined;
    const difference = a && b ? await compareMembers(a, b) : alone(a, b);
    if (difference) return difference;
  }
}

function alone(a: TarMember | undefined, b: TarMember | undefined): LayerDifference | undefined {
  if (a) return at(a.header, "only the registry's layer has it");
  return b && at(b.header, "only this machine's layer has it");
}

async function compareMembers(a: TarMember, b: TarMember): Promise<LayerDifference | undefined> {
  const { header } = a;
  if (header.name !== b.header.name)
    return at(header, `this machine's layer has ${JSON.stringify(b.header.name)} in its place`);
  for (const [words, show] of ATTRIBUTES) {
    const [left, right] = [show(header), show(b.header)];
    if (left !== right) return at(header, `the ${words} is ${left} in the registry and ${right} here`);
  }
  const bytes = await compareBytes(a.content, b.content);
  return bytes && at(header, byteWords(bytes, header.size, b.header.size));
}

function byteWords({ at: place, first, second }: ByteDifference, registrySize: number, ownSize: number): string {
  const values = `${hex(first)} in the registry and ${hex(second)} here`;
  const sizes = registrySize === ownSize ? "" : `; it has ${registrySize} bytes in the registry and ${ownSize} here`;
  return `byte ${place} is ${values}${sizes}`;
}

function hex(byte: number | undefined): string {
  return byte === undefined ? "missing" : `0x${byte.toString(16).padStart(2, "0")}`;
}

function at({ name }: TarHeader, what: string): LayerDifference {
  const [word = ""] = name.replace(/^nix\/store\//, "").split("/", 1);
  const storePath = `${STORE_DIRECTORY}/${word}`;
  return {
    storePath: name.startsWith("nix/store/") && isStorePath(storePath) ? storePath : undefined,
    file: name,
    what,
  };
}
