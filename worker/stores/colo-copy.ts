import { type ColoContent, dropColo, fillColo, MAX_COLO_BYTES } from "./colo-cache.ts";
import type { DigestCheck } from "./digest-check.ts";
import { checkBody, forkBody } from "./fork-body.ts";
import { BodySlots } from "../memory/body-slots.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import type { StoreSettings } from "./store-settings.ts";

/** Each holds up to half a megabyte of the isolate's memory while its client reads. */
const MAX_FILLS = 32;
/** Each holds a chunk, an eighth of a megabyte, while its client reads. */
const MAX_CHECKS = 128;

/** The bodies that go into the colo cache as they pass, by storage key. */
const fillsOf = perIsolate<StoreSettings, BodySlots>(() => new BodySlots(MAX_FILLS));
/** The bodies that are checked as they pass and go to a client alone. */
const checksOf = perIsolate<StoreSettings, BodySlots>(() => new BodySlots(MAX_CHECKS));

interface CopiedContent extends Pick<ColoContent, "mediaType" | "headers"> {
  readonly check?: BodyCheck;
}

/** Of bytes on their way. */
interface BodyCheck {
  readonly begin: () => DigestCheck;
  /** Told when the bytes were wrong, and nobody has got or kept them. */
  readonly onDamage: () => Promise<void>;
}

/** One read for the client and the colo cache, and a check. What the cache is not to get is checked alone. */
export function copyToColo(
  context: RequestContext<StoreSettings>,
  key: string,
  { body, size }: R2ObjectBody,
  { check, ...content }: CopiedContent,
): ReadableStream {
  const { config } = context;
  const fills = fillsOf(config);
  if (size > MAX_COLO_BYTES || !fills.begin(key)) return check ? checked(context, { body, size }, check) : body;
  const { client, copy, passage } = forkBody(body, size, check?.begin());
  // A copy breaks off whenever a client leaves; another client's pull makes the next.
  const filled = fillColo(config, key, { body: copy, size, ...content }).catch(() => undefined);
  const settled = Promise.all([passage, filled])
    .then(async ([end]) => {
      // A cache may have kept what came of it.
      if (end !== "whole") await dropColo(config, key);
      if (end === "damaged") await check?.onDamage();
      return undefined;
    })
    .finally(() => fills.end(key));
  inBackground(context, `settling the copy of ${key}`, settled);
  return client;
}

/** Where too many are under way, the body passes through untouched. */
function checked(
  context: RequestContext<StoreSettings>,
  { body, size }: Pick<R2ObjectBody, "body" | "size">,
  check: BodyCheck,
): ReadableStream {
  const checks = checksOf(context.config);
  const name = crypto.randomUUID();
  if (!checks.begin(name)) return body;
  const { client, passage } = checkBody(body, size, check.begin());
  const settled = passage
    .then((end) => (end === "damaged" ? check.onDamage() : undefined))
    .finally(() => checks.end(name));
  inBackground(context, "settling a check", settled);
  return client;
}
