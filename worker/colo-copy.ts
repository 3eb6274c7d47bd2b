import { type ColoContent, dropColo, fillColo, MAX_COLO_BYTES } from "./colo-cache.ts";
import type { DigestCheck } from "./digest-check.ts";
import { forkBody } from "./fork-body.ts";
import { memoryOf } from "./isolate-memory.ts";
import type { RequestContext } from "./request-context.ts";

interface CopiedContent extends Pick<ColoContent, "mediaType" | "headers"> {
  /** Checks the bytes on the way, so that damaged ones are cached nowhere. */
  readonly check?: () => DigestCheck;
}

/** One read for the client and the colo cache. What the cache is not to get passes through untouched. */
export function copyToColo(
  { config, waitUntil }: RequestContext,
  key: string,
  { body, size }: R2ObjectBody,
  { check, ...content }: CopiedContent,
): ReadableStream {
  const { fills } = memoryOf(config);
  if (size > MAX_COLO_BYTES || !fills.begin(key)) return body;
  const { client, copy, isCopied } = forkBody(body, size, check?.());
  // A copy breaks off whenever a client leaves; another client's pull makes the next.
  const filled = fillColo(config, key, { body: copy, size, ...content }).catch(() => undefined);
  waitUntil(
    Promise.all([isCopied, filled]).then(async ([isWhole]) => {
      // A cache may have kept what came of it.
      if (!isWhole) await dropColo(config, key);
      return fills.end(key);
    }),
  );
  return client;
}
