import { createHash } from "node:crypto";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { isJsonObject } from "../../protocol/json-object.ts";
import { requestKey } from "../../protocol/storage-keys.ts";
import { debug } from "../system/debug.ts";
import { type ObjectStore, putRecord, readRecord } from "../stores/object-store.ts";

interface RequestHashInput {
  readonly request: Pick<ImageRequest, "source" | "architecture" | "packages" | "image">;
  /** What the request's tag stands for; it must tell all that is evaluated. */
  readonly revision: string;
  /** nixpkgs' configuration as JSON; undefined for its defaults. */
  readonly nixpkgsConfig?: string | undefined;
  /** The closure key of nothing: it changes with the output format and the settings that shape an image. */
  readonly format: string;
}

/** Raise it when `nix/` may lead the same names to other packages. */
const EVALUATION_VERSION = 1;
const HASH = /^[0-9a-f]{64}$/;

/** Equal for requests that evaluation leads to one closure: the tag is not part of it, its revision is. */
export function requestHash({ request, revision, nixpkgsConfig, format }: RequestHashInput): string {
  const { source, architecture, packages, image } = request;
  const options = {
    ...(nixpkgsConfig === undefined ? {} : { nixpkgsConfig }),
    ...(image === undefined ? {} : { image }),
  };
  const input = ["cornice request", EVALUATION_VERSION, format, source, revision, architecture, ...packages];
  // No text, so that it is never taken for a package.
  const parts = Object.keys(options).length === 0 ? input : [...input, options];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** The closure key that a request led to before; undefined when it is not known. */
export async function findRequest(store: ObjectStore, hash: string): Promise<string | undefined> {
  const record = await readRecord(store, requestKey(hash));
  const image = isJsonObject(record) ? record["image"] : undefined;
  const key = typeof image === "string" && HASH.test(image) ? image : undefined;
  debug(() => `request ${hash}: ${key === undefined ? "not known" : `known, it led to the closure ${key}`}`);
  return key;
}

/** Only after the image is written: a record must not name what is not there. */
export async function writeRequest(store: ObjectStore, hash: string, image: string): Promise<void> {
  await putRecord(store, requestKey(hash), { image });
}
