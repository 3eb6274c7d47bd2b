import { DurableObject } from "cloudflare:workers";
import { formatEvent } from "../../protocol/build-events.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { newTrace, type TraceContext } from "../../protocol/trace-context.ts";
import { type Bindings, parseConfig } from "../environment.ts";
import { logFailure } from "../errors.ts";
import { Build, type BuildSnapshot } from "./build.ts";
import { type BuildOrder, buildImage } from "./build-image.ts";

/** An object that nobody calls is taken from memory after 70 s at the earliest; an answer being read does not count. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Holds the one build of a request key, for any number of clients. All that it knows is in memory: if it is lost, whoever
 * asks next asks the origin again, which joins the build that it has under way.
 */
export class BuildCoordinator extends DurableObject<Bindings> {
  #build: Build | undefined;

  /**
   * Starts the build of an image, or joins it, or remembers it, and waits for its outcome: a line of the build call's
   * answer, which crosses calls as it is. Null when the build is still going on after `waitMs`.
   */
  async wait(image: ImageRequest, waitMs: number, trace: TraceContext = newTrace()): Promise<string | null> {
    this.#build = this.#known(image) ?? this.#start({ image, trace });
    return readLine(this.#build, waitMs);
  }

  /** As `wait`, but starts nothing: undefined where no build is under way or remembered. */
  async join(image: ImageRequest, waitMs: number): Promise<string | null | undefined> {
    const build = this.#known(image);
    return build && readLine(build, waitMs);
  }

  /** Null when no build is known. */
  snapshot(): BuildSnapshot | null {
    return this.#build?.snapshot() ?? null;
  }

  /** Being called is what keeps the object in memory. */
  override async alarm(): Promise<void> {
    if (this.#build?.isRunning) await this.#keepAlive();
  }

  #known({ tag }: ImageRequest): Build | undefined {
    const { tagFreshnessMs: freshnessMs } = parseConfig(this.env);
    return this.#build?.isForgotten(Date.now(), { tag, freshnessMs }) ? undefined : this.#build;
  }

  #start(order: BuildOrder): Build {
    const build = new Build();
    this.ctx.waitUntil(this.#run(build, order));
    return build;
  }

  async #run(build: Build, order: BuildOrder): Promise<void> {
    try {
      await this.#keepAlive();
      build.end(await buildImage(parseConfig(this.env), order, (event) => build.tell(event)));
    } catch (error) {
      logFailure("unexpected error in a build", error);
      build.end({ event: "error", code: "UNKNOWN", message: "internal error" });
    }
    await this.ctx.storage.deleteAlarm();
  }

  async #keepAlive(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + KEEP_ALIVE_MS);
  }
}

async function readLine(build: Build, waitMs: number): Promise<string | null> {
  const outcome = await build.wait(waitMs);
  return outcome ? formatEvent(outcome) : null;
}
