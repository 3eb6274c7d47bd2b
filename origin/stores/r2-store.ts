import { Readable } from "node:stream";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { R2Settings } from "./settings.ts";
import type { MaintainedStore } from "./maintained-store.ts";
import type { ObjectContent, ObjectHead, PutOptions } from "./object-store.ts";
import { createR2Client } from "./r2-client.ts";
import { failed, ignoreMissing } from "./r2-errors.ts";
import { putFile, type UploadTarget } from "./r2-file.ts";
import { withRetries } from "./r2-retries.ts";
import { createUpkeepCalls } from "./r2-upkeep.ts";

/** Objects in an R2 bucket, over S3. */
export function createR2Store(settings: R2Settings): MaintainedStore {
  const client = createR2Client(settings);
  const bucket = { Bucket: settings.bucket };
  return {
    ...createUpkeepCalls(client, settings.bucket),
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
