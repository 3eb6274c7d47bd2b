import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { R2Settings } from "./settings.ts";
import { type ObjectContent, type ObjectHead, type ObjectStore, type PutOptions, StoreError } from "./object-store.ts";

/** A larger file is uploaded in parts. Each part can be tried again. In bytes. */
const MULTIPART_THRESHOLD = 67_108_864;
/** R2 refuses parts of different sizes, except for the last part. In bytes. */
const PART_SIZE = 16_777_216;
/** Parts in memory at a time. */
const PARTS_AT_ONCE = 2;
const UPLOAD_ATTEMPTS = 3;
const RETRY_PAUSE_MS = 500;
const CONNECTION_TIMEOUT_MS = 10_000;
/** A request fails if no byte moves for this time. */
const SOCKET_TIMEOUT_MS = 60_000;

/** Objects in an R2 bucket, over S3. */
export function createR2Store(settings: R2Settings): ObjectStore {
  const client = createClient(settings);
  const bucket = { Bucket: settings.bucket };
  return {
    async head(key) {
      const head = await client
        .send(new HeadObjectCommand({ ...bucket, Key: key }))
        .catch(ignoreMissing)
        .catch(failed("HEAD", key));
      return head && { size: head.ContentLength ?? 0, ...withMetadata(head.Metadata) };
    },
    async open(key) {
      const object = await client
        .send(new GetObjectCommand({ ...bucket, Key: key }))
        .catch(ignoreMissing)
        .catch(failed("GET", key));
      if (!object) return undefined;
      if (object.Body instanceof Readable) return object.Body;
      throw new TypeError(`R2 gave no stream for ${key}`);
    },
    async hasAny(prefix) {
      const command = new ListObjectsV2Command({ ...bucket, Prefix: prefix, MaxKeys: 1 });
      const list = await client.send(command).catch(failed("LIST", prefix));
      return (list.Contents ?? []).length > 0;
    },
    async put(key, content, options) {
      const target = { ...bucket, Key: key, ...headersOf(options) };
      await putContent(client, target, content, options).catch(failed("PUT", key, options.signal));
    },
  };
}

/** Turns errors of R2 and of the network into a `StoreError`. Aborts and errors of our own files stay as they are. */
function failed(method: string, key: string, signal?: AbortSignal) {
  return (cause: unknown): never => {
    if (signal?.aborted || isFileError(cause)) throw cause;
    throw new StoreError(`${method} ${key} failed at R2`, { cause });
  };
}

async function putContent(
  client: S3Client,
  target: UploadTarget,
  content: ObjectContent,
  options: PutOptions,
): Promise<void> {
  if (content.kind === "bytes") {
    await withRetries(options, () => putWhole(client, target, content.bytes, content.bytes.length, options));
  } else if (content.size > MULTIPART_THRESHOLD) {
    await withFile(content.path, (body) => putParts(client, target, body, options));
  } else {
    // The SDK cannot send a stream twice: each attempt opens the file again.
    await withRetries(options, () =>
      withFile(content.path, (body) => putWhole(client, target, body, content.size, options)),
    );
  }
}

function createClient({ endpoint, accessKeyId, secretAccessKey }: R2Settings): S3Client {
  return new S3Client({
    endpoint,
    region: "auto",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    // R2 does not support the checksums that the SDK adds by default.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // R2 sends no `100 Continue`. With the header, each put of 2 MiB or more would wait six seconds for it.
    expectContinueHeader: false,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS },
  });
}

interface UploadTarget extends ReturnType<typeof headersOf> {
  readonly Bucket: string;
  readonly Key: string;
}

function headersOf({ contentType, contentEncoding, metadata }: PutOptions) {
  return { ContentType: contentType, ContentEncoding: contentEncoding, Metadata: metadata && { ...metadata } };
}

/** R2 returns empty metadata for an object that was put without any. */
function withMetadata(metadata: Record<string, string> = {}): Pick<ObjectHead, "metadata"> {
  return Object.keys(metadata).length > 0 ? { metadata } : {};
}

async function putWhole(
  client: S3Client,
  target: UploadTarget,
  body: Uint8Array | Readable,
  size: number,
  { signal }: PutOptions,
): Promise<void> {
  const command = new PutObjectCommand({ ...target, Body: body, ContentLength: size });
  await client.send(command, signal ? { abortSignal: signal } : {});
}

async function putParts(client: S3Client, target: UploadTarget, body: Readable, { signal }: PutOptions): Promise<void> {
  signal?.throwIfAborted();
  const params = { ...target, Body: body };
  const upload = new Upload({ client, params, partSize: PART_SIZE, queueSize: PARTS_AT_ONCE });
  const abort = () => void upload.abort();
  signal?.addEventListener("abort", abort);
  try {
    await upload.done();
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** If the file cannot be read, throws this error and not that of the broken request. */
async function withFile(path: string, send: (body: Readable) => Promise<void>): Promise<void> {
  const body = (await open(path)).createReadStream();
  const failures: Error[] = [];
  body.on("error", (error) => failures.push(error));
  try {
    await send(body);
  } catch (error) {
    throw failures[0] ?? error;
  } finally {
    body.destroy();
  }
}

async function withRetries({ signal }: PutOptions, attempt: () => Promise<void>): Promise<void> {
  for (let count = 1; ; count++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (count === UPLOAD_ATTEMPTS || signal?.aborted || isFileError(error) || isClientError(error)) throw error;
      await setTimeout(RETRY_PAUSE_MS * count);
    }
  }
}

/** Socket errors have a `syscall` too, but only file errors have a path. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "path" in error;
}

/** R2 would refuse the same request again. */
function isClientError(error: unknown): boolean {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404)) throw error;
}
