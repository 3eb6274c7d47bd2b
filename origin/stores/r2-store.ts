import { Readable } from "node:stream";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { R2Settings } from "./settings.ts";
import { type ObjectContent, type ObjectHead, type ObjectStore, type PutOptions, StoreError } from "./object-store.ts";
import { createR2Client } from "./r2-client.ts";
import { putFile, type UploadTarget } from "./r2-file.ts";
import { isFileError, withRetries } from "./r2-retries.ts";

/** Objects in an R2 bucket, over S3. */
export function createR2Store(settings: R2Settings): ObjectStore {
  const client = createR2Client(settings);
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
      await putContent(client, target, content, options.signal).catch(failed("PUT", key, options.signal));
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
  signal: AbortSignal | undefined,
): Promise<void> {
  if (content.kind === "file") return putFile(client, target, content, signal);
  const command = () => new PutObjectCommand({ ...target, Body: content.bytes, ContentLength: content.bytes.length });
  await withRetries(signal, () => client.send(command(), signal ? { abortSignal: signal } : {}));
}

function headersOf({ contentType, contentEncoding, metadata }: PutOptions) {
  return { ContentType: contentType, ContentEncoding: contentEncoding, Metadata: metadata && { ...metadata } };
}

/** R2 returns empty metadata for an object that was put without any. */
function withMetadata(metadata: Record<string, string> = {}): Pick<ObjectHead, "metadata"> {
  return Object.keys(metadata).length > 0 ? { metadata } : {};
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404)) throw error;
}
