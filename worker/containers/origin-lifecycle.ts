import { logEvent } from "./log-event.ts";
import { type OriginState, originState, untilHealthy } from "./origin-state.ts";
import { digestOf, mustRetire, parseRunningRecord, type RunningRecord } from "./running-record.ts";
import type { Snapshots, StartOptions } from "./snapshots.ts";
import { type ContainerRuntime, originPort, START_LIMIT_MS, startContainer } from "./start-container.ts";

interface LifecycleOptions {
  readonly container: ContainerRuntime;
  readonly storage: Pick<DurableObjectStorage, "get" | "put" | "setAlarm">;
  readonly image: string;
  readonly start: StartOptions;
  /** Undefined if containers always start from their image. */
  readonly snapshots: Snapshots | undefined;
  /** Milliseconds without a call until an origin that rests stops. Bundles and signatures are written meanwhile. */
  readonly restMs: number;
  /** Milliseconds without a call until an origin stops that does not answer. Longer than any build. */
  readonly silenceMs: number;
}

/** The numbers are the versions of the records. */
const RUNNING = "running/1";
const LAST_CALL = "last-call/1";
const CHECK_MS = 60_000;
/** Cloudflare stops the container if the checks end. It needs this time set again each time that the object starts. */
export const INACTIVITY_MS = 300_000;
/** The origin then ends its builds, and takes no new ones: docs/operating.md. */
const SIGTERM = 15;

/** Starts the container of one origin for calls, and stops it when nobody calls and nothing is built. */
export class OriginLifecycle {
  readonly #options: LifecycleOptions;
  readonly #startedWith: Promise<string>;
  #calls = 0;
  /** Whether a build may have changed the disk. An object that starts beside a container cannot know. */
  #isChanged = true;
  #isUp = false;
  #rising: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#startedWith = digestOf({ ...options.start, image: options.image });
  }

  /** Sends a call to the origin. Throws if the container does not start. */
  async call(request: Request): Promise<Response> {
    this.#calls++;
    await this.#touch();
    this.#rising ??= this.#rise().finally(() => (this.#rising = undefined));
    await this.#rising;
    if (request.method === "POST") this.#isChanged = true;
    return originPort(this.#options.container).fetch(request);
  }

  /** Looks after a container that runs. An alarm calls this each minute. */
  async check(): Promise<void> {
    const { container, storage } = this.#options;
    if (!container.running) return;
    await container.setInactivityTimeout(INACTIVITY_MS);
    await this.#retire();
    const state = await originState(originPort(container));
    if (state === "builds") await this.#touch();
    if ((await this.#isIdle(state)) && (await this.#rest(state))) return;
    await storage.setAlarm(Date.now() + CHECK_MS);
  }

  async #rise(): Promise<void> {
    const { container } = this.#options;
    // The alarm reports a container that does not stop.
    await Promise.allSettled([this.#stopping]);
    if (!container.running) await this.#start();
    else {
      await this.#retire();
      if (!this.#isUp) await untilHealthy(originPort(container), AbortSignal.timeout(START_LIMIT_MS));
    }
    this.#isUp = true;
  }

  async #start(): Promise<void> {
    const { container, storage, image, start, snapshots } = this.#options;
    this.#isUp = false;
    this.#isChanged = false;
    await this.#writeRunning({ startedWith: await this.#startedWith, isRetired: false });
    if (!(await snapshots?.restore(start))) await startContainer(container, { ...start, image });
    await container.setInactivityTimeout(INACTIVITY_MS);
    await storage.setAlarm(Date.now() + CHECK_MS);
  }

  /** A container keeps the image and the settings that it started with. After a deployment, it ends its builds and stops. */
  async #retire(): Promise<void> {
    const record = await this.#readRunning();
    if (record === undefined || !mustRetire(record, await this.#startedWith)) return;
    await this.#writeRunning({ ...record, isRetired: true });
    logEvent("the container has an old image or old settings, and stops when its builds have ended");
    this.#options.container.signal(SIGTERM);
  }

  async #isIdle(state: OriginState): Promise<boolean> {
    const { storage, restMs, silenceMs } = this.#options;
    if (state === "builds") return false;
    const lastCall: unknown = await storage.get(LAST_CALL);
    const since = typeof lastCall === "number" ? lastCall : 0;
    return Date.now() - since >= (state === "is silent" ? silenceMs : restMs);
  }

  /** Saves the disk and stops the container. False if a call came meanwhile: the container goes on then. */
  async #rest(state: OriginState): Promise<boolean> {
    const calls = this.#calls;
    const isUndisturbed = () => this.#calls === calls;
    await this.#save(state, isUndisturbed);
    if (!isUndisturbed()) return false;
    logEvent(`the container stops: it has had no call for long, and its origin ${state}`);
    this.#stopping = this.#options.container.destroy("it has had no call for long");
    await this.#stopping;
    return true;
  }

  /** The disk of an origin that is not ready may be full or damaged. Then the next container starts from its image. */
  async #save(state: OriginState, isUndisturbed: () => boolean): Promise<void> {
    const { snapshots } = this.#options;
    const record = await this.#readRunning();
    // A disk of another image must not become a snapshot of this one.
    if (record?.startedWith !== (await this.#startedWith)) return;
    if (state !== "rests") await snapshots?.forget();
    else if (this.#isChanged) await snapshots?.save(isUndisturbed);
  }

  #touch(): Promise<void> {
    return this.#options.storage.put(LAST_CALL, Date.now());
  }

  async #readRunning(): Promise<RunningRecord | undefined> {
    return parseRunningRecord(await this.#options.storage.get(RUNNING));
  }

  #writeRunning(record: RunningRecord): Promise<void> {
    return this.#options.storage.put(RUNNING, record);
  }
}
