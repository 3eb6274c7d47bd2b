import { logFailure } from "../answers/errors.ts";
import { within } from "../requests/time-limit.ts";
import { logEvent } from "./log-event.ts";
import {
  afterRestore,
  maySave,
  parseSnapshotRecord,
  type SnapshotRecord,
  usableSnapshot,
  whileRestoring,
  withoutSnapshot,
  withSnapshot,
} from "./snapshot-record.ts";
import { type ContainerRuntime, isLackOfMachines, startContainer, START_LIMIT_MS } from "./start-container.ts";

interface SnapshotsOptions {
  readonly container: ContainerRuntime;
  readonly storage: Pick<DurableObjectStorage, "get" | "put">;
  /** The reference of the image that containers start from, with its digest. */
  readonly image: string;
  /** Milliseconds. */
  readonly startLimitMs?: number;
  readonly saveLimitMs?: number;
}

/** What every start has, whether from the image or from a snapshot. */
export type StartOptions = Pick<ContainerStartupOptions, "enableInternet" | "env" | "instance">;

/** The number is the version of the record. */
const KEY = "snapshot/1";
/** The name of each snapshot at Cloudflare. */
const NAME = "cornice-origin";
/** Cloudflare says that saving takes a few seconds. The alarm that saves may take 15 minutes. */
const SAVE_LIMIT_MS = 300_000;

/** The snapshots of one container: https://developers.cloudflare.com/containers/guides/snapshots/ */
export class Snapshots {
  readonly #options: SnapshotsOptions;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /**
   * Starts the container from its snapshot. Returns false if there is no usable one, or it does not start in time. The
   * container then does not run, and the snapshot is forgotten. Throws, and keeps it, if Cloudflare has no machine.
   */
  async restore(options: StartOptions): Promise<boolean> {
    const { container, startLimitMs = START_LIMIT_MS } = this.#options;
    const record = await this.#read();
    const snapshot = usableSnapshot(record, Date.now());
    if (snapshot === undefined) return false;
    await this.#write(whileRestoring(record));
    try {
      await startContainer(container, { ...options, containerSnapshot: { id: snapshot.id } }, startLimitMs);
    } catch (error) {
      await this.#failed(record, error);
      return false;
    }
    await this.#write(afterRestore(record, snapshot, Date.now()));
    logEvent("the container started from its snapshot", { id: snapshot.id, bytes: snapshot.bytes });
    return true;
  }

  /**
   * Saves the disk of a container whose origin rests. What was taken counts only if `isUndisturbed` says so afterwards:
   * during a call, it may have half a file. Never throws: a container without a snapshot must stop, too.
   */
  async save(isUndisturbed: () => boolean): Promise<void> {
    const { container, saveLimitMs = SAVE_LIMIT_MS } = this.#options;
    try {
      const record = await this.#read();
      if (!maySave(record)) return;
      const taken = await within(saveLimitMs, container.snapshotContainer({ name: NAME }));
      if (taken === undefined) throw new Error(`it took longer than ${saveLimitMs} ms`);
      if (!isUndisturbed()) return;
      const saved = withSnapshot(record, taken, Date.now());
      if (saved === undefined) throw new Error(`Cloudflare answered ${JSON.stringify(taken)}`);
      await this.#write(saved);
      logEvent("the container left a snapshot", { id: taken.id, bytes: taken.size });
    } catch (error) {
      logFailure("the container leaves no new snapshot", error);
    }
  }

  /** The next start is from the image. */
  async forget(): Promise<void> {
    await this.#write(withoutSnapshot(await this.#read()));
  }

  async #failed(record: SnapshotRecord, error: unknown): Promise<void> {
    if (isLackOfMachines(error)) {
      await this.#write(record);
      throw error;
    }
    logFailure("the container does not start from its snapshot, and starts from its image", error);
    await this.#options.container.destroy("the snapshot cannot be used").catch((cause: unknown) => {
      logFailure("a container does not stop", cause);
    });
  }

  async #read(): Promise<SnapshotRecord> {
    return parseSnapshotRecord(await this.#options.storage.get(KEY), this.#options.image);
  }

  #write(record: SnapshotRecord): Promise<void> {
    return this.#options.storage.put(KEY, record);
  }
}
