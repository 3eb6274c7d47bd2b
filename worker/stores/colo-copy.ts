import { type ColoContent, dropColo, fillColo, MAX_COLO_BYTES } from "./colo-cache.ts";
import type { DigestCheck } from "./digest-check.ts";
import { checkBody, forkBody } from "./fork-body.ts";
import { BodySlots } from "../memory/body-slots.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import type { StoreSettings } from "./store-settings.ts";

/** Each body holds up to half a megabyte of the isolate's memory while its client reads. */
const MAX_FILLS = 32;
/** Each body holds a chunk of an eighth of a megabyte while its client reads. */
const MAX_CHECKS = 128;

/** The bodies that go to a client and into the colo cache, by storage key. */
const fillsOf = perIsolate<StoreSettings, BodySlots>(() => new BodySlots(MAX_FILLS));
/** The bodies that are checked and go to a client only. */
const checksOf = perIsolate<StoreSettings, BodySlots>(() => new BodySlots(MAX_CHECKS));

interface CopiedContent extends Pick<ColoContent, "mediaType" | "headers"> {
  readonly check?: BodyCheck;
}

/** The check of a body on its way. */
interface BodyCheck {
  readonly begin: () => DigestCheck;
  /** Called if the bytes were wrong. No client has received the whole body then, and no cache has kept it. */
  readonly onDamage: () => Promise<void>;
}

/** A body on its way to the client. */
interface PassedBody {
  readonly body: ReadableStream;
  /** If the bytes are wrong, a checked body breaks off before its end. */
  readonly isChecked: boolean;
}

/**
 * Passes a body on to the client and into the colo cache, and checks it, with one read. If the cache cannot take the
 * body now, only checks it.
 */
export function copyToColo(
  context: RequestContext<StoreSettings>,
  key: string,
  { body, size }: R2ObjectBody,
  { check, ...content }: CopiedContent,
): PassedBody {
  const { config } = context;
  const fills = fillsOf(config);
  if (size > MAX_COLO_BYTES || !fills.begin(key))
    return check ? checked(context, { body, size }, check) : unchecked(body);
  const { client, copy, passage } = forkBody(body, size, check?.begin());
  // The copy breaks off if the client leaves. Another client's pull then makes a new copy.
  const filled = fillColo(config, key, { body: copy, size, ...content }).catch(() => undefined);
  const settled = Promise.all([passage, filled])
    .then(async ([end]) => {
      // The cache may have kept a part.
      if (end !== "whole") await dropColo(config, key);
      if (end === "damaged") await check?.onDamage();
      return undefined;
    })
    .finally(() => fills.end(key));
  inBackground(context, `settling the copy of ${key}`, settled);
  return { body: client, isChecked: check !== undefined };
}

function unchecked(body: ReadableStream): PassedBody {
  return { body, isChecked: false };
}

/** Checks a body on its way to the client. If too many checks are running, the body passes unchecked. */
function checked(
  context: RequestContext<StoreSettings>,
  { body, size }: Pick<R2ObjectBody, "body" | "size">,
  check: BodyCheck,
): PassedBody {
  const checks = checksOf(context.config);
  const name = crypto.randomUUID();
  if (!checks.begin(name)) return unchecked(body);
  const { client, passage } = checkBody(body, size, check.begin());
  const settled = passage
    .then((end) => (end === "damaged" ? check.onDamage() : undefined))
    .finally(() => checks.end(name));
  inBackground(context, "settling a check", settled);
  return { body: client, isChecked: true };
}
