import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createKvIndex } from "../../../origin/stores/kv-index.ts";
import type { KvSettings, R2Settings } from "../../../origin/stores/settings.ts";
import { isJsonObject, jsonMembers, parseJson } from "../../../protocol/json-object.ts";
import { listAt, memberAt, objectOf, textAt } from "../../json.ts";
import { listStored } from "../stored-objects.ts";

/** The two stores of a deployment. */
export interface Stores {
  readonly r2: R2Settings;
  readonly kv: KvSettings;
}

/** Everything in both stores, as compressed JSON. */
export async function dumpState({ r2, kv }: Stores): Promise<Buffer> {
  const client = clientOf(r2);
  const objects = await Promise.all(
    (await listStored(r2)).map(async (key) => {
      const object = await client.send(new GetObjectCommand({ Bucket: r2.bucket, Key: key }));
      if (!(object.Body instanceof Readable)) throw new TypeError(`${key} has no bytes`);
      const sent = await buffer(object.Body);
      // The local bucket compresses an object with an encoding once more on its way.
      const bytes = (object.ContentEncoding === "gzip" ? await promisify(gunzip)(sent) : sent).toString("base64");
      return { key, type: object.ContentType, encoding: object.ContentEncoding, metadata: object.Metadata, bytes };
    }),
  );
  return promisify(gzip)(JSON.stringify({ objects, pairs: await dumpPairs(kv) }), { level: 9 });
}

async function dumpPairs({ apiUrl, namespaceId, apiToken }: KvSettings) {
  const base = `${apiUrl}/storage/kv/namespaces/${namespaceId}`;
  const headers = { Authorization: `Bearer ${apiToken}` };
  const page = objectOf(await (await fetch(`${base}/keys?limit=1000`, { headers })).text());
  return Promise.all(
    listAt(page, "result").map(async (row) => {
      const key = textAt(row, "name");
      const value = await (await fetch(`${base}/values/${encodeURIComponent(key)}`, { headers })).text();
      return { key, value, metadata: memberAt(row, "metadata") };
    }),
  );
}

/** Puts what `dumpState` has written into empty stores. */
export async function loadState({ r2, kv }: Stores, dump: Buffer): Promise<void> {
  const client = clientOf(r2);
  const state = parseJson(String(await promisify(gunzip)(dump)));
  for (const object of jsonMembers(memberAt(state, "objects"))) {
    const [type, encoding] = [memberAt(object, "type"), memberAt(object, "encoding")];
    await client.send(
      new PutObjectCommand({
        Bucket: r2.bucket,
        Key: textAt(object, "key"),
        Body: Buffer.from(textAt(object, "bytes"), "base64"),
        ...(typeof type === "string" && { ContentType: type }),
        ...(typeof encoding === "string" && { ContentEncoding: encoding }),
        Metadata: textsOf(memberAt(object, "metadata")),
      }),
    );
  }
  const pairs = jsonMembers(memberAt(state, "pairs")).map((pair) => ({
    key: textAt(pair, "key"),
    value: textAt(pair, "value"),
    metadata: textsOf(memberAt(pair, "metadata")),
  }));
  await createKvIndex(kv).put(pairs);
}

function textsOf(value: unknown): Record<string, string> {
  const members = Object.entries(isJsonObject(value) ? value : {});
  return Object.fromEntries(members.map(([name, member]) => [name, String(member)]));
}

function clientOf({ endpoint, accessKeyId, secretAccessKey }: R2Settings): S3Client {
  return new S3Client({
    endpoint,
    region: "auto",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}
