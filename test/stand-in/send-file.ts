import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Transform } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Faults } from "./faults.ts";

interface FileAnswer {
  readonly file: string;
  readonly headers: OutgoingHttpHeaders;
  readonly faults: Faults;
  /** The request's Range header. */
  readonly range: string | undefined;
  /** Whether the answer tells its length. GitHub's archives do not. */
  readonly hasLength: boolean;
}

/** Bytes that a throttled stream passes on at a time. */
const PIECE_BYTES = 16_384;
const FLIPPED_BITS = 0x55;

/** Sends a file, or the part of it that the faults leave. */
export async function sendFile(response: ServerResponse, answer: FileAnswer): Promise<void> {
  const { file, headers, faults, hasLength } = answer;
  const { size } = await stat(file);
  const start = rangeStart(answer.range, size);
  const half = Math.floor(size / 2);
  const isHalf = start === 0 && ["short", "truncated", "stall"].some((fault) => faults.has(fault));
  const announced = faults.has("short") && isHalf ? half : size - start;
  const length = hasLength ? { "content-length": announced } : {};
  if (start === 0) response.writeHead(200, { ...headers, ...length });
  else response.writeHead(206, { ...headers, ...length, "content-range": `bytes ${start}-${size - 1}/${size}` });
  const parts = createReadStream(file, { start, ...(isHalf ? { end: Math.max(0, half - 1) } : {}) });
  const last = wrongStreams(faults, half - start).reduce((stream, next) => stream.pipe(next), parts.pipe(same()));
  last.pipe(response, { end: false });
  last.once("end", () => {
    if (isHalf && faults.has("stall")) return;
    if (isHalf && faults.has("truncated")) response.destroy();
    else response.end();
  });
  response.once("close", () => parts.destroy());
}

/** As S3 and CDNs do: a client can ask for the rest of an answer that broke. */
function rangeStart(range: string | undefined, size: number): number {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  return from < size ? from : 0;
}

function wrongStreams(faults: Faults, middle: number): Transform[] {
  const [rate, each] = [faults.get("rate"), faults.get("conn")];
  return [
    ...(faults.has("corrupt") ? [corrupt(middle)] : []),
    ...(rate === undefined ? [] : [throttle(sharedBucket(rate))]),
    ...(each === undefined ? [] : [throttle(new Bucket(Number(each)))]),
  ];
}

function same(): Transform {
  return new Transform({ transform: (chunk: Buffer, _, done) => done(null, chunk) });
}

function corrupt(middle: number): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const at = middle - passed;
      passed += chunk.length;
      const copy = Buffer.from(chunk);
      if (at >= 0 && at < copy.length) copy[at] = (copy[at] ?? 0) ^ FLIPPED_BITS;
      done(null, copy);
    },
  });
}

/** Lets a number of bytes a second through, of all streams that share it. */
class Bucket {
  readonly #bytesASecond: number;
  #next = 0;

  constructor(bytesASecond: number) {
    this.#bytesASecond = bytesASecond;
  }

  async take(bytes: number): Promise<void> {
    const now = Date.now();
    this.#next = Math.max(this.#next, now) + (bytes / this.#bytesASecond) * 1000;
    await pause(this.#next - now);
  }
}

const shared = new Map<string, Bucket>();

function sharedBucket(rate: string): Bucket {
  const bucket = shared.get(rate) ?? new Bucket(Number(rate));
  shared.set(rate, bucket);
  return bucket;
}

function throttle(bucket: Bucket): Transform {
  return new Transform({
    async transform(chunk: Buffer, _, done) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        await bucket.take(piece.length);
        this.push(piece);
      }
      done();
    },
  });
}
