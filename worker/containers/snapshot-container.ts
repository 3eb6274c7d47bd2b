import { DurableObject } from "cloudflare:workers";
import { checkSettings } from "../answers/misconfigured.ts";
import {
  AFTER_A_BUILD_S,
  originSettings,
  parseContainerSettings,
  sleepAfterS,
  type WorkerBindings,
} from "./container-settings.ts";
import { INACTIVITY_MS, OriginLifecycle } from "./origin-lifecycle.ts";
import { Snapshots } from "./snapshots.ts";

/** The name of the image in the operator's own settings: deploy/snapshot-container.toml. */
const IMAGE = "origin";

/**
 * One origin in a Cloudflare Container that can start from a snapshot of its disk. It needs the scheduling policy
 * `durable_object`, for which the class of `@cloudflare/containers` does not serve:
 * https://developers.cloudflare.com/containers/configuration/scheduling-policy/
 */
export class SnapshotContainer extends DurableObject<WorkerBindings> {
  readonly #origin: OriginLifecycle;

  constructor(context: DurableObjectState, env: WorkerBindings) {
    super(context, env);
    const { container, storage } = context;
    const image = container?.images[IMAGE];
    if (!container || image === undefined) throw new Error(`the class SnapshotContainer needs an image "${IMAGE}"`);
    const { keepsDisk, instance } = checkSettings((problems) => parseContainerSettings(env, problems));
    this.#origin = new OriginLifecycle({
      container,
      storage,
      image,
      start: { enableInternet: true, env: originSettings(env), instance },
      snapshots: keepsDisk ? new Snapshots({ container, storage, image }) : undefined,
      restMs: AFTER_A_BUILD_S * 1000,
      silenceMs: sleepAfterS(env) * 1000,
    });
    if (container.running) void context.blockConcurrencyWhile(() => container.setInactivityTimeout(INACTIVITY_MS));
  }

  override fetch(request: Request): Promise<Response> {
    return this.#origin.call(request);
  }

  override alarm(): Promise<void> {
    return this.#origin.check();
  }
}
