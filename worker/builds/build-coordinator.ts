import { DurableObject } from "cloudflare:workers";
import { type BuildEvent, type BuildOutcome, formatEvent } from "../../protocol/build-events.ts";
import { type BuildState, clipEvent } from "../../protocol/build-state.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { newTrace, type TraceContext } from "../../protocol/trace-context.ts";
import { answerError, logFailure } from "../answers/errors.ts";
import { imageTitle } from "../requests/image-title.ts";
import { Build } from "./build.ts";
import { askOrigins, type BuildOrder } from "./ask-origins.ts";
import { buildUnknown } from "./build-address.ts";
import { type CoordinatorBindings, coordinatorSettings } from "./coordinator-settings.ts";
import { hasEnded, isSameImage, keepEnd, readEnd, removeOldEnd } from "./kept-end.ts";
import { closeLost, showEnd, Viewers } from "./viewers.ts";

/** A close code: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const UNSUPPORTED_DATA = 1003;
/** An object that nobody calls is taken from memory after 70 s at the earliest; an answer being read does not count. */
const KEEP_ALIVE_MS = 30_000;

/** How a build ended, as it crosses calls. */
export interface BuildAnswer {
  /** A line of the build call's answer. */
  readonly line: string;
  /** Whether it got so far that its log is worth a look. */
  readonly hasLog: boolean;
}

/**
 * Holds the one build of a request key, for any number of clients. What it knows of a running build is in memory: if it
 * is lost, whoever asks next asks the origin again, which joins the build that it has under way. How the last build went
 * is kept for a day.
 */
export class BuildCoordinator extends DurableObject<CoordinatorBindings> {
  #build: Build | undefined;
  #viewers: Viewers | undefined;
  /** Whether storage has what is to be shown. */
  #isKept = true;

  constructor(context: DurableObjectState, env: CoordinatorBindings) {
    super(context, env);
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /**
   * Starts the build of an image, or joins it, or remembers it, and waits for its outcome. Null when the build is still
   * going on after `waitMs`.
   */
  async wait(
    image: ImageRequest,
    waitMs: number,
    trace: TraceContext = newTrace(),
    client?: string,
  ): Promise<BuildAnswer | null> {
    this.#build = this.#known(image) ?? this.#start({ image, trace, client });
    return answer(this.#build, waitMs);
  }

  /** As `wait`, but starts nothing: undefined where no build is under way or remembered. */
  async join(image: ImageRequest, waitMs: number): Promise<BuildAnswer | null | undefined> {
    const build = this.#known(image);
    return build && answer(build, waitMs);
  }

  /** The `BuildState` of the build that is under way, or was the last, as JSON; null when none is known. */
  async readState(): Promise<string | null> {
    const state = await this.#state();
    return state ? JSON.stringify(state) : null;
  }

  /** Opens a WebSocket that tells how the build gets on. */
  override async fetch(): Promise<Response> {
    try {
      if (this.#viewers) return this.#viewers.add();
      const state = await this.#state();
      if (!state) throw buildUnknown();
      return showEnd(this.ctx, state);
    } catch (error) {
      return answerError(error);
    }
  }

  /** Viewers have nothing to say but `ping`, which is answered without us. */
  override webSocketMessage(socket: WebSocket): void {
    this.#viewers?.remove(socket);
    socket.close(UNSUPPORTED_DATA, "nothing is expected here");
  }

  override webSocketClose(socket: WebSocket): void {
    this.#viewers?.remove(socket);
    // A browser that closes its side waits for ours.
    socket.close();
  }

  override webSocketError(socket: WebSocket): void {
    this.#viewers?.remove(socket);
  }

  /** Being called is what keeps the object in memory while a build is running. */
  override async alarm(): Promise<void> {
    if (this.#build?.isRunning) return this.#keepAlive();
    closeLost(this.ctx.getWebSockets());
    await removeOldEnd(this.ctx.storage, Date.now());
  }

  #known({ tag }: ImageRequest): Build | undefined {
    const { tagFreshnessMs: freshnessMs } = coordinatorSettings(this.env);
    return this.#build?.isForgotten(Date.now(), { tag, freshnessMs }) ? undefined : this.#build;
  }

  #start(order: BuildOrder): Build {
    const build = new Build(imageTitle(coordinatorSettings(this.env), order.image));
    this.#isKept = false;
    // Of a build that was lost with its object; their browsers come again.
    closeLost(this.ctx.getWebSockets());
    this.#viewers = new Viewers(this.ctx, () => build.state);
    this.ctx.waitUntil(this.#run(build, this.#viewers, order));
    return build;
  }

  async #run(build: Build, viewers: Viewers, order: BuildOrder): Promise<void> {
    const outcome = await this.#outcome(order, (event) => {
      const timed = { at: Date.now(), event: clipEvent(event) };
      build.tell(timed);
      viewers.tell(timed);
    });
    build.end(outcome);
    this.#viewers = undefined;
    viewers.end();
    await this.#keep(build).catch((error: unknown) => logFailure("the end of a build was not kept", error));
  }

  async #outcome(order: BuildOrder, onEvent: (event: BuildEvent) => void): Promise<BuildOutcome> {
    try {
      await this.#keepAlive();
      return await askOrigins(coordinatorSettings(this.env), order, onEvent);
    } catch (error) {
      logFailure("unexpected error in a build", error);
      return { event: "error", code: "UNKNOWN", message: "internal error" };
    }
  }

  async #keep(build: Build): Promise<void> {
    const { state } = build;
    if (!hasEnded(state)) return;
    const { storage } = this.ctx;
    const kept = await readEnd(storage);
    // A tag that has not moved since is no news: how its image was built is what is worth keeping.
    if (kept && isSameImage(kept, state)) await removeOldEnd(storage, Date.now());
    else await keepEnd(storage, state);
    if (this.#build === build) this.#isKept = true;
    else await this.#keepAlive();
  }

  async #keepAlive(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + KEEP_ALIVE_MS);
  }

  async #state(): Promise<BuildState | undefined> {
    const own = this.#build?.state;
    if (own && !(this.#isKept && hasEnded(own))) return own;
    return (await readEnd(this.ctx.storage)) ?? own;
  }
}

async function answer(build: Build, waitMs: number): Promise<BuildAnswer | null> {
  const outcome = await build.wait(waitMs);
  return outcome ? { line: formatEvent(outcome), hasLog: hasLog(build.state) } : null;
}

/** Of Nix, which works after evaluation: until then, all that there is to say is in the message. */
function hasLog({ phases }: BuildState): boolean {
  return phases.some(({ phase }) => phase !== "resolve" && phase !== "wait" && phase !== "evaluate");
}
