import { open, readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { withRetries } from "./r2-retries.ts";

/** A smaller file is read at once, with one call of the system. Bytes. */
const SMALL_FILE = 1_048_576;
/** A larger file is uploaded in parts. Each part can be tried again. In bytes. */
const MULTIPART_THRESHOLD = 67_108_864;
/** R2 refuses parts of different sizes, except for the last part. In bytes. */
const PART_SIZE = 16_777_216;
/** Of one file. */
const PARTS_AT_ONCE = 2;

/** Where an object goes, and its headers. */
export type UploadTarget = Pick<
  PutObjectCommandInput,
  "Bucket" | "Key" | "ContentType" | "ContentEncoding" | "Metadata"
>;

interface FileOnDisk {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Uploads a file, and reads it once. Each body is a stream: the SDK sends it as it is, without a hash or a copy. So
 * memory does not grow with the file.
 */
export async function putFile(
  client: S3Client,
  target: UploadTarget,
  file: FileOnDisk,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (file.size > MULTIPART_THRESHOLD) return putParts(client, target, file, signal);
  const putWhole = (body: Readable) =>
    client.send(new PutObjectCommand({ ...target, Body: body, ContentLength: file.size }), abortedBy(signal));
  if (file.size <= SMALL_FILE) {
    const bytes = await readFile(file.path);
    await withRetries(signal, () => putWhole(Readable.from(bytes)));
  } else {
    await withRetries(signal, () => withRange(file.path, { start: 0, end: file.size }, putWhole));
  }
}

async function putParts(
  client: S3Client,
  target: UploadTarget,
  { path, size }: FileOnDisk,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target), abortedBy(signal));
  const upload = { Bucket: target.Bucket, Key: target.Key, UploadId };
  // The first failure stops the other parts.
  const failure = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const slots = pLimit(PARTS_AT_ONCE);
  const putPart = async (range: Range, number: number): Promise<CompletedPart> => {
    stop.throwIfAborted();
    const part = { ...upload, PartNumber: number, ContentLength: range.end - range.start };
    const { ETag } = await withRetries(stop, () =>
      withRange(path, range, (Body) => client.send(new UploadPartCommand({ ...part, Body }), abortedBy(stop))),
    );
    return { ETag, PartNumber: number };
  };
  const parts = partsOf(size).map((range, index) =>
    slots(putPart, range, index + 1).catch((error: unknown) => {
      failure.abort(error);
      throw error;
    }),
  );
  try {
    await Promise.allSettled(parts);
    stop.throwIfAborted();
    const complete = { ...upload, MultipartUpload: { Parts: await Promise.all(parts) } };
    await client.send(new CompleteMultipartUploadCommand(complete), abortedBy(signal));
  } catch (error) {
    // R2 itself removes an unfinished upload after a week.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

/** Bytes of a file. `end` is the first byte after the range. */
interface Range {
  readonly start: number;
  readonly end: number;
}

function partsOf(size: number): Range[] {
  return Array.from({ length: Math.ceil(size / PART_SIZE) }, (_, index) => ({
    start: index * PART_SIZE,
    end: Math.min(size, (index + 1) * PART_SIZE),
  }));
}

/** If the file cannot be read, throws this error and not that of the broken request. */
async function withRange<T>(path: string, { start, end }: Range, send: (body: Readable) => Promise<T>): Promise<T> {
  const body = (await open(path)).createReadStream({ start, end: end - 1 });
  const failures: Error[] = [];
  body.on("error", (error) => failures.push(error));
  try {
    return await send(body);
  } catch (error) {
    throw failures[0] ?? error;
  } finally {
    body.destroy();
  }
}

function abortedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}
