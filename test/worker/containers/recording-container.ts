import type { OriginPort } from "../../../worker/containers/origin-state.ts";
import type { ContainerRuntime } from "../../../worker/containers/start-container.ts";

export const IMAGE = `registry.cloudflare.com/account/origin@sha256:${"1".repeat(64)}`;

type Answers = Readonly<Record<string, () => Response | Promise<Response>>>;

const WELL: Answers = {
  "/healthz": () => new Response("ok 0.1.0"),
  "/metrics": () => new Response('cornice_builds_under_way{phase="realise"} 0\n'),
  "/readyz": () => new Response("ready"),
  "/builds": () => new Response("built"),
};

/** A container as Cloudflare's documentation describes it. It notes what it is asked to do. No engine runs it. */
export class RecordingContainer implements ContainerRuntime {
  running = false;
  images: Record<string, string> = { origin: IMAGE };
  /** The origin's answers, by path. */
  answers: Answers = WELL;
  /** The calls to the container, in order. A start names its image or its snapshot. */
  readonly calls: string[] = [];
  lastStart: ContainerStartupOptions | undefined;
  /** The fault of a start; undefined if it works. */
  faultOf: (options: ContainerStartupOptions) => Error | undefined = () => undefined;
  whileStopping: () => void = () => {};
  snapshot: () => Promise<ContainerSnapshot> = () => Promise.resolve({ id: "snapshot-1", size: 5_000_000 });
  #exit = Promise.withResolvers<void>();

  start(options?: ContainerStartupOptions): void {
    if (this.running || options === undefined) throw new Error("start() cannot be called on a running container");
    this.calls.push(`start ${options.containerSnapshot?.id ?? options.image ?? "nothing"}`);
    this.lastStart = options;
    this.#exit = Promise.withResolvers();
    const fault = this.faultOf(options);
    this.running = fault === undefined;
    if (fault) this.#exit.reject(fault);
  }

  monitor(): Promise<void> {
    return this.#exit.promise;
  }

  signal(number: number): void {
    this.calls.push(`signal ${number}`);
  }

  async destroy(): Promise<void> {
    this.calls.push("destroy");
    this.whileStopping();
    await scheduler.wait(1);
    await this.stop();
  }

  /** As when the process ends by itself. */
  stop(): Promise<void> {
    this.running = false;
    this.#exit.resolve();
    return this.#exit.promise.catch(() => {});
  }

  getTcpPort(port: number): OriginPort {
    return {
      fetch: async (input: RequestInfo | URL) => {
        const path = new URL(input instanceof Request ? input.url : String(input)).pathname;
        const answer = this.answers[path];
        if (port !== 8788 || !this.running || !answer) throw new Error("the container is not listening");
        return answer();
      },
    };
  }

  async setInactivityTimeout(): Promise<void> {
    this.calls.push("setInactivityTimeout");
  }

  snapshotContainer(): Promise<ContainerSnapshot> {
    this.calls.push("snapshot");
    return this.snapshot();
  }

  /** Gives the calls since it was asked last, without those that set the time limit. */
  takeCalls(): string[] {
    return this.calls.splice(0).filter((call) => call !== "setInactivityTimeout");
  }
}
