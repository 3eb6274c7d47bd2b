import { DurableObject } from "cloudflare:workers";
import { type BuildListener, type EdgeStep, formatEvent } from "../../protocol/build-events.ts";
import { type BuildState, clipEvent } from "../../protocol/build-state.ts";
import type { PullRequest } from "../../protocol/image-request.ts";
import { newTrace, type TraceContext } from "../../protocol/trace-context.ts";
import { answerError, logFailure } from "../answers/errors.ts";
import { assembleAtEdge, type EdgeImage } from "../assembly/assemble-at-edge.ts";
import type { EdgeUse } from "../assembly/edge-use.ts";
import { logHandOver } from "../requests/debug-log.ts";
import { imageTitle } from "../requests/image-title.ts";
import { Build } from "./build.ts";
import { askOrigins, type BuildEnd, type OriginOrder } from "./ask-origins.ts";
import { buildUnknown } from "./build-address.ts";
import type { BuiltManifests } from "../stores/manifests.ts";
import { type CoordinatorBindings, coordinatorSettings } from "./coordinator-settings.ts";
import { hasEnded, isSameImage, keepEnd, readEnd, removeOldEnd } from "./kept-end.ts";
import { closeLost, showEnd, Viewers } from "./viewers.ts";

/** A close code: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const UNSUPPORTED_DATA = 1003;
/** Enough for an answer to leave. */
const ANSWER_MS = 25;
/** The platform may drop an object from memory 70 s after the last call. An open answer does not count as a call. */
const KEEP_ALIVE_MS = 30_000;

interface BuildOrder extends OriginOrder {
  /** Whether the image may be put together here, before an origin is asked. */
  readonly edge: EdgeUse;
}

/** How a build ended, in a form that calls between objects can carry. */
export interface BuildAnswer {
  /** The outcome, as a line of the build call's answer. */
  readonly line: string;
  /** Whether Nix had begun, so that the log has something to read. */
  readonly hasLog: boolean;
  /** The manifests of an image. */
  readonly manifests?: BuiltManifests | undefined;
  /** The steps of an image that was put together at the edge. */
  readonly edgeSteps?: readonly EdgeStep[] | undefined;
}

/**
 * Holds the one build of an image or of a list of images, for any number of clients. The state of a running build is in memory only.
 * If it is lost, the next client makes the object call the origin again, and the call joins the origin's running build.
 * The end of the last build is stored for a day.
 */
export class BuildCoordinator extends DurableObject<CoordinatorBindings> {
  #build: Build | undefined;
  #viewers: Viewers | undefined;
  /** Whether storage has the state that viewers get after the build's end. */
  #isKept = true;

  constructor(context: DurableObjectState, env: CoordinatorBindings) {
    super(context, env);
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /**
   * Starts the build of an image, or joins a running or remembered build. Waits for its outcome. Null if the build is
   * still running after `waitMs`. `edge` says whether the image may be put together here, without an origin.
   */
  async wait(
    image: PullRequest,
    waitMs: number,
    trace: TraceContext = newTrace(),
    client?: string,
    edge: EdgeUse = "always",
  ): Promise<BuildAnswer | null> {
    this.#build = this.#known(image, edge) ?? this.#start({ image, trace, client, edge });
    return answer(this.#build, waitMs);
  }

  /** Like `wait`, but starts nothing: undefined if there is no running or remembered build. */
  async join(image: PullRequest, waitMs: number, edge: EdgeUse = "always"): Promise<BuildAnswer | null | undefined> {
    const build = this.#known(image, edge);
    return build && answer(build, waitMs);
  }

  /** The `BuildState` of the running build, or else of the last build, as JSON. Null if no build is known. */
  async readState(): Promise<string | null> {
    const state = await this.#state();
    return state ? JSON.stringify(state) : null;
  }

  /** Opens a WebSocket that sends the build's state and events. */
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

  /** Viewers may send only `ping`, and the platform answers that. */
  override webSocketMessage(socket: WebSocket): void {
    this.#viewers?.remove(socket);
    socket.close(UNSUPPORTED_DATA, "this socket takes no messages");
  }

  override webSocketClose(socket: WebSocket): void {
    this.#viewers?.remove(socket);
    // The browser has closed its side, and waits until we close ours.
    socket.close();
  }

  override webSocketError(socket: WebSocket): void {
    this.#viewers?.remove(socket);
  }

  /** While a build is running, the alarm's call keeps the object in memory. */
  override async alarm(): Promise<void> {
    if (this.#build?.isRunning) return this.#keepAlive();
    closeLost(this.ctx.getWebSockets());
    await removeOldEnd(this.ctx.storage, Date.now());
  }

  #known({ tag }: PullRequest, edge: EdgeUse): Build | undefined {
    const { tagFreshnessMs: freshnessMs } = coordinatorSettings(this.env);
    return this.#build?.isForgotten(Date.now(), { tag, freshnessMs }, edge) ? undefined : this.#build;
  }

  #start(order: BuildOrder): Build {
    const build = new Build(imageTitle(coordinatorSettings(this.env), order.image));
    this.#isKept = false;
    // These sockets belong to a build that was lost with its object. Their browsers connect again.
    closeLost(this.ctx.getWebSockets());
    this.#viewers = new Viewers(this.ctx, () => build.state);
    this.ctx.waitUntil(this.#run(build, this.#viewers, order));
    return build;
  }

  async #run(build: Build, viewers: Viewers, order: BuildOrder): Promise<void> {
    const { outcome, manifests, publish } = await this.#end(order, (event) => {
      const timed = { at: Date.now(), event: clipEvent(event) };
      build.tell(timed);
      viewers.tell(timed);
    });
    build.end(outcome, manifests);
    this.#viewers = undefined;
    viewers.end();
    // A store that does not answer must not keep the other from its end.
    await Promise.all([
      publish &&
        afterAnswer(publish).catch((error: unknown) => logFailure("an image's records could not be written", error)),
      this.#keep(build).catch((error: unknown) => logFailure("the end of a build could not be stored", error)),
    ]);
  }

  async #end(order: BuildOrder, onEvent: BuildListener): Promise<BuildEnd> {
    try {
      const settings = coordinatorSettings(this.env);
      const edge = await assembleAtEdge(settings, order.image, order.edge);
      if ("record" in edge) {
        const { publish, needsSignature } = edge;
        const sign = async () => {
          await publish();
          // The origin finds the image by its records, and signs it.
          if (needsSignature) await askOrigins(settings, order, () => {});
        };
        return edgeEnd({ ...edge, publish: sign }, onEvent);
      }
      logHandOver(settings, order, edge.needsOrigin);
      await this.#keepAlive();
      return await askOrigins(settings, order, onEvent);
    } catch (error) {
      logFailure("unexpected error in a build", error);
      return { outcome: { event: "error", code: "UNKNOWN", message: "internal error" } };
    }
  }

  async #keep(build: Build): Promise<void> {
    const { state } = build;
    if (!hasEnded(state)) return;
    const { storage } = this.ctx;
    const kept = await readEnd(storage);
    // The same image means that the tag has not moved. The stored state still shows how that image was built.
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
  if (!outcome) return null;
  const { manifests, edgeSteps } = build;
  return { line: formatEvent(outcome), hasLog: hasLog(build.state), manifests, edgeSteps };
}

function edgeEnd({ record, manifests, steps, publish }: EdgeImage, onEvent: BuildListener): BuildEnd {
  onEvent({ event: "edge", steps });
  return { outcome: { event: "image", ...record }, manifests, publish };
}

/** Whether Nix has begun to work. Before that, the error's message says everything. */
function hasLog({ phases }: BuildState): boolean {
  return phases.some(({ phase }) => phase !== "resolve" && phase !== "wait" && phase !== "evaluate");
}

/** The object and the request may share a thread. So the answer goes out before the work behind it begins. */
async function afterAnswer(work: () => Promise<void>): Promise<void> {
  await scheduler.wait(ANSWER_MS);
  await work();
}
