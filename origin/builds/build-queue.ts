import type { BuildEvent, BuildListener } from "../../protocol/build-events.ts";
import type { PullRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { tagKey } from "../../protocol/storage-keys.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import { outage } from "./outage.ts";
import { RevisionRefusal } from "./refusals.ts";

export interface BuildQueue {
  /**
   * Starts the build of a request, or joins the build that is under way. The listener gets all events from now on. The
   * last event is `image` or `error`. Returns a function that removes the listener. The build goes on without
   * listeners, because clients come back. `client` is the client that begins the build.
   */
  join(request: PullRequest, listener: BuildListener, client?: string): Promise<() => void>;
  /** Whether a build of the request is under way, so that `join` starts none. */
  isUnderWay(request: PullRequest): Promise<boolean>;
  /** From now on, `join` begins no build. Its listener gets the error instead. */
  close(error: OciError): void;
  isClosed(): boolean;
  /** Resolves when the builds that are under way have ended. */
  idle(): Promise<void>;
}

/** Builds the image or the list of a request, like `buildImage` and `buildList`. */
export type RunBuild = (request: PullRequest, onEvent: BuildListener, client?: string) => Promise<TagRecord>;

interface BuildQueueOptions {
  readonly run: RunBuild;
  /** Called with the whole error of each failed build. Listeners get only the message for users. */
  readonly onFailure: (request: PullRequest, error: unknown) => void;
}

interface Build {
  readonly listeners: Set<BuildListener>;
  readonly done: Promise<void>;
}

/** Callers that ask for the same image or list share one build. */
export function createBuildQueue({ run, onFailure }: BuildQueueOptions): BuildQueue {
  const builds = new Map<string, Build>();
  let closed: OciError | undefined;

  async function build(request: PullRequest, tell: BuildListener, client?: string): Promise<void> {
    try {
      tell({ event: "image", ...(await run(request, tell, client)) });
    } catch (error) {
      onFailure(request, error);
      tell(errorEvent(error));
    }
  }

  function start(key: string, request: PullRequest, first: BuildListener, client?: string): Set<BuildListener> {
    const listeners = new Set([first]);
    const tell: BuildListener = (event) => listeners.forEach((listener) => listener(event));
    const done = build(request, tell, client).finally(() => {
      builds.delete(key);
      // Work behind the answer, such as bundles, has events that are nobody's.
      listeners.clear();
    });
    builds.set(key, { listeners, done });
    return listeners;
  }

  return {
    async join(request, listener, client) {
      const key = await tagKey(request);
      const known = builds.get(key)?.listeners.add(listener);
      if (!known && closed) {
        listener(errorEvent(closed));
        return () => {};
      }
      const listeners = known ?? start(key, request, listener, client);
      return () => listeners.delete(listener);
    },
    async isUnderWay(request) {
      return builds.has(await tagKey(request));
    },
    close(error) {
      closed = error;
    },
    isClosed: () => closed !== undefined,
    async idle() {
      await Promise.allSettled([...builds.values()].map(({ done }) => done));
    },
  };
}

function errorEvent(error: unknown): BuildEvent {
  const { code, message, detail } = error instanceof OciError ? error : outage(error);
  return {
    event: "error",
    code,
    message,
    ...(detail === undefined ? {} : { detail }),
    ...(error instanceof RevisionRefusal ? { revision: error.revision } : {}),
  };
}
