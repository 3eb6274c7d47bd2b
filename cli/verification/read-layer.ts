import { createHash, type Hash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import { isStorePath, STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { VerificationError } from "../../image/verification/verification-error.ts";
import { decompress } from "../../origin/nars/decompress.ts";
import { type Digest, sha256Digest } from "../../protocol/digest.ts";

/** How a layer is compressed, by the end of its media type. */
export type LayerFormat = "gzip" | "zstd" | "none";

export interface LayerContent {
  readonly digest: Digest;
  /** Compressed bytes. */
  readonly size: number;
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest;
  readonly storePaths: ReadonlySet<string>;
}

/** Bytes of an uncompressed layer. An image of Cornice has at most a terabyte in all layers. */
const MAX_TAR_BYTES = 1_099_511_627_776;
/** nixpkgs has about 100 000 packages. */
const MAX_STORE_PATHS = 1_000_000;
const IN_STORE = /^(?:\.?\/)?nix\/store\/([^/]+)/;

export function layerFormat(mediaType: string): LayerFormat {
  if (/[+.]gzip$/.test(mediaType)) return "gzip";
  return mediaType.endsWith("+zstd") ? "zstd" : "none";
}

/** Reads a layer once, in constant memory. Throws `DecompressionError`, `VerificationError`, and errors of `chunks`. */
export async function readLayer(chunks: AsyncIterable<Uint8Array>, format: LayerFormat): Promise<LayerContent> {
  const [blob, tar] = [new Meter(), new Meter()];
  const paths = await storePathsIn(tar.measured(decompress(format, blob.measured(chunks))));
  return { digest: blob.digest(), size: blob.bytes, diffId: tar.digest(), storePaths: paths };
}

/** The digest and the size of a blob whose content is of no interest. */
export async function readBytes(chunks: AsyncIterable<Uint8Array>): Promise<Pick<LayerContent, "digest" | "size">> {
  const meter = new Meter();
  for await (const chunk of chunks) meter.add(chunk);
  return { digest: meter.digest(), size: meter.bytes };
}

async function storePathsIn(tar: AsyncIterable<Uint8Array>): Promise<ReadonlySet<string>> {
  const entries = extract();
  const paths = new Set<string>();
  const reading = pipeline(tar, entries);
  try {
    for await (const entry of entries) {
      const word = IN_STORE.exec(entry.header.name)?.[1];
      const path = `${STORE_DIRECTORY}/${word}`;
      if (isStorePath(path)) paths.add(path);
      if (paths.size > MAX_STORE_PATHS) throw new VerificationError("malformed", "a layer has too many store paths");
      entry.resume();
    }
    await reading;
  } catch (error) {
    entries.destroy();
    throw tarProblem(
      await reading.then(
        () => error,
        (cause: unknown) => firstOf(error, cause),
      ),
    );
  }
  return paths;
}

/** If the bytes ended or failed first, the loop over the entries got an error that says less. */
function firstOf(ofLoop: unknown, ofBytes: unknown): unknown {
  const isEcho = ofBytes instanceof Error && "code" in ofBytes && ofBytes.code === "ERR_STREAM_PREMATURE_CLOSE";
  return ofLoop instanceof VerificationError || isEcho ? ofLoop : ofBytes;
}

/** The errors of tar-stream have no class and no code. */
function tarProblem(error: unknown): unknown {
  if (!(error instanceof Error) || error.constructor !== Error) return error;
  return new VerificationError("malformed", "a layer is no tar archive, or ends early");
}

/** Measures what goes through. */
class Meter {
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_TAR_BYTES)
      throw new VerificationError("malformed", `a layer has more than ${MAX_TAR_BYTES} bytes`);
    this.#hash.update(chunk);
  }

  async *measured(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.add(chunk);
      yield chunk;
    }
  }

  digest(): Digest {
    return sha256Digest(this.#hash.digest("hex"));
  }
}
