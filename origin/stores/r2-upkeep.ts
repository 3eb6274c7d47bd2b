import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import {
  type _Object as S3Object,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Lease, ListedObject, MaintainedStore, VersionedObject } from "./maintained-store.ts";
import { collectBytes, StoreError } from "./object-store.ts";
import { failed, ignoreMissing, statusOf } from "./r2-errors.ts";
import { withRetries } from "./r2-retries.ts";

/** S3 lists and removes at most this many objects in one call. */
const MAX_KEYS = 1000;
const SECOND_MS = 1000;
/** Another version is there, or somebody puts one now. Source: the answers of `PutObject` in the API reference of S3. */
const OTHER_VERSION: ReadonlySet<number | undefined> = new Set([409, 412]);
/** The version is gone. Without an etag, this status says that there is no such bucket. */
const NO_VERSION = 404;
/** The etag of what was put in one call. https://developers.cloudflare.com/r2/objects/multipart-objects/#etags */
const MD5_ETAG = /^"?([0-9a-f]{32})"?$/;
/** This metadata tells a put from other puts of the same bytes. */
const PUT_ID = "put-id";

type UpkeepCalls = Pick<MaintainedStore, "list" | "remove" | "readVersion" | "replace">;

interface ObjectAddress {
  readonly Bucket: string;
  readonly Key: string;
}

interface Removal {
  readonly bucket: string;
  readonly keys: readonly string[];
  readonly lease: Lease | undefined;
}

/** What the upkeep of a bucket needs, over S3. */
export function createUpkeepCalls(client: S3Client, bucket: string): UpkeepCalls {
  return {
    list: (prefix, after) => listPages(client, bucket, prefix, after),
    async remove(keys, lease) {
      for (let start = 0; start < keys.length; start += MAX_KEYS) {
        const removal = { bucket, keys: keys.slice(start, start + MAX_KEYS), lease };
        await withRetries(lease?.signal, () => removeBatch(client, removal)).catch(
          failed("DELETE", shown(removal.keys)),
        );
      }
    },
    readVersion: (key, maxBytes) =>
      withRetries(undefined, () => readVersion(client, { Bucket: bucket, Key: key }, maxBytes)).catch(
        failed("GET", key),
      ),
    replace: (key, bytes, etag) =>
      replaceVersion(client, { Bucket: bucket, Key: key }, bytes, etag).catch(failed("PUT", key)),
  };
}

/** The next page is read while somebody works on this one. */
async function* listPages(
  client: S3Client,
  bucket: string,
  prefix: string,
  after = "",
): AsyncGenerator<readonly ListedObject[]> {
  for (let next: Promise<Page> | undefined = readPage(client, bucket, prefix, after); next;) {
    const { objects, last }: Page = await next;
    next = last === undefined ? undefined : readPage(client, bucket, prefix, last);
    // It is waited for when somebody asks for it, or never.
    next?.catch(() => {});
    if (objects.length > 0) yield objects;
  }
}

interface Page {
  readonly objects: readonly ListedObject[];
  /** The key behind which the next page begins. Undefined after the last page. */
  readonly last: string | undefined;
}

async function readPage(client: S3Client, bucket: string, prefix: string, after: string): Promise<Page> {
  const behind = after === "" ? {} : { StartAfter: after };
  // XML cannot have all characters that keys can have.
  const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, EncodingType: "url", ...behind });
  const { Contents = [], IsTruncated } = await client.send(command).catch(failed("LIST", prefix));
  const objects = Contents.map(listedObject);
  if (IsTruncated !== true) return { objects, last: undefined };
  const last = objects.at(-1)?.key ?? after;
  // S3 orders keys by their bytes in UTF-8.
  if (Buffer.compare(Buffer.from(last), Buffer.from(after)) <= 0)
    throw new StoreError(`LIST ${prefix} at R2 comes to no end`);
  return { objects, last };
}

/** Lists tell milliseconds and heads tell seconds. All our times are in whole seconds, so that they can be compared. */
function listedObject({ Key, Size, LastModified, ETag = "" }: S3Object): ListedObject {
  if (Key === undefined || Size === undefined || LastModified === undefined) {
    throw new StoreError("R2 listed an object without its key, size or time");
  }
  const modifiedAt = Math.floor(LastModified.getTime() / SECOND_MS) * SECOND_MS;
  return { key: decodeKey(Key), size: Size, modifiedAt, md5: MD5_ETAG.exec(ETag)?.[1] };
}

/** S3 writes a space as a plus sign. */
function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll("+", "%20"));
  } catch (cause) {
    throw new StoreError(`R2 listed a key that cannot be decoded: ${encoded}`, { cause });
  }
}

function shown([first = "", ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

async function removeBatch(client: S3Client, { bucket, keys, lease }: Removal): Promise<void> {
  const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
  const command = new DeleteObjectsCommand({ Bucket: bucket, Delete });
  if (lease) sendOnlyIn(lease, command);
  const { Errors = [] } = await client.send(command, lease ? { abortSignal: lease.signal } : {});
  const [first] = Errors;
  if (!first) return;
  const { Key, Code, Message } = first;
  throw new StoreError(`${Errors.length} of ${keys.length} objects stayed: ${Key} (${Code}: ${Message})`);
}

/** The client repeats requests by itself. This is the last step before each request. */
function sendOnlyIn(lease: Lease, { middlewareStack }: DeleteObjectsCommand): void {
  middlewareStack.add(
    (next) => async (args) => {
      if (lease.isOver()) throw new StoreError("nothing is removed after the end of the lease");
      return next(args);
    },
    { step: "deserialize", priority: "low", name: "lease" },
  );
}

async function readVersion(
  client: S3Client,
  address: ObjectAddress,
  maxBytes: number,
): Promise<VersionedObject | undefined> {
  const object = await client.send(new GetObjectCommand(address)).catch(ignoreMissing);
  if (!object) return undefined;
  const { Body, ContentType: contentType, ETag, LastModified } = object;
  if (!(Body instanceof Readable)) throw new TypeError(`R2 gave no stream for ${address.Key}`);
  const bytes = await collectBytes(Body, maxBytes);
  if (ETag === undefined || LastModified === undefined) throw new StoreError(`R2 gave no version of ${address.Key}`);
  return bytes && { bytes, contentType, etag: ETag, modifiedAt: LastModified.getTime() };
}

async function replaceVersion(
  client: S3Client,
  address: ObjectAddress,
  bytes: Uint8Array,
  etag: string | undefined,
): Promise<boolean> {
  const putId = randomUUID();
  const content = { Body: bytes, ContentLength: bytes.length, Metadata: { [PUT_ID]: putId } };
  const condition = etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag };
  try {
    await withRetries(undefined, () => client.send(new PutObjectCommand({ ...address, ...content, ...condition })));
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status === NO_VERSION && etag !== undefined) return false;
    if (!OTHER_VERSION.has(status)) throw error;
    // An attempt may have put the object, although its answer was lost. Then the next attempt is refused.
    const head = await client.send(new HeadObjectCommand(address)).catch(ignoreMissing);
    return head?.Metadata?.[PUT_ID] === putId;
  }
}
