import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Snapshots } from "../../../worker/containers/snapshots.ts";
import { spyOnLog } from "../failure-log.ts";
import { alarmAfter, call, inObject, leaveSnapshot, MINUTE_MS } from "./in-object.ts";
import { IMAGE, type RecordingContainer } from "./recording-container.ts";

const DAY_MS = 1440 * MINUTE_MS;
const NEW_IMAGE = IMAGE.replace(/1{64}$/, "2".repeat(64));
const LOST = 'Snapshot "snapshot-1" was not found.';
const NO_MACHINE = "there is no container instance that can be provided to this durable object";

let failures: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  failures = spyOnLog();
  vi.spyOn(console, "log").mockReturnValue(undefined);
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

/** The container does not start from a snapshot. */
function failRestores(container: RecordingContainer, message: string): void {
  container.faultOf = ({ containerSnapshot }) => (containerSnapshot ? new Error(message) : undefined);
}

describe("a snapshot that cannot be restored", () => {
  test("does not keep the container from starting, and is forgotten", async () => {
    await inObject(async (tried) => {
      await leaveSnapshot(tried);
      const { container, restart } = tried;
      failRestores(container, LOST);
      expect((await call(restart())).status).toBe(200);
      expect(container.takeCalls()).toEqual(["start snapshot-1", "destroy", `start ${IMAGE}`]);
      expect(String(failures.mock.calls[0]?.[0])).toContain("was not found");
      await container.stop();
      await call(restart());
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
    });
  });

  test("three times in a row is taken no more, until there is another image", async () => {
    await inObject(async (tried) => {
      const { container, restart } = tried;
      failRestores(container, LOST);
      for (let round = 0; round < 3; round++) {
        const object = restart();
        await call(object);
        await alarmAfter(10, object);
        expect(container.takeCalls().slice(-2)).toEqual(["snapshot", "destroy"]);
      }
      const object = restart();
      await call(object);
      await alarmAfter(10, object);
      expect(container.takeCalls()).toEqual(["start snapshot-1", "destroy", `start ${IMAGE}`, "destroy"]);
      container.images = { origin: NEW_IMAGE };
      const upgraded = restart();
      await call(upgraded);
      await alarmAfter(10, upgraded);
      expect(container.takeCalls()).toEqual([`start ${NEW_IMAGE}`, "snapshot", "destroy"]);
    });
  });

  test("because there is no machine is kept", async () => {
    await inObject(async ({ container, state, restart }) => {
      await leaveSnapshot({ container, state, restart });
      failRestores(container, NO_MACHINE);
      const snapshots = new Snapshots({ container, storage: state.storage, image: IMAGE, startLimitMs: 10 });
      await expect(snapshots.restore({ enableInternet: true })).rejects.toThrow(NO_MACHINE);
      container.takeCalls();
      container.faultOf = () => undefined;
      await call(restart());
      expect(container.takeCalls()).toEqual(["start snapshot-1"]);
    });
  });

  test("within the limit is stopped, and forgotten", async () => {
    await inObject(async (tried) => {
      await leaveSnapshot(tried);
      const { container, state, restart } = tried;
      const well = container.answers;
      container.answers = {};
      const snapshots = new Snapshots({ container, storage: state.storage, image: IMAGE, startLimitMs: 10 });
      expect(await snapshots.restore({ enableInternet: true })).toBe(false);
      expect(container.takeCalls()).toEqual(["start snapshot-1", "destroy"]);
      container.answers = well;
      await call(restart());
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
    });
  });

  test("for a month is not tried", async () => {
    await inObject(async (tried) => {
      await leaveSnapshot(tried);
      vi.useFakeTimers({ now: Date.now() + 29 * DAY_MS, toFake: ["Date"] });
      await call(tried.restart());
      expect(tried.container.takeCalls()).toEqual([`start ${IMAGE}`]);
    });
  });
});

test("a snapshot that takes too long is not used", async () => {
  await inObject(async ({ container, state }) => {
    container.running = true;
    container.snapshot = () => new Promise(() => {});
    const snapshots = new Snapshots({ container, storage: state.storage, image: IMAGE, saveLimitMs: 10 });
    await snapshots.save(() => true);
    expect(String(failures.mock.calls[0]?.[0])).toContain("longer than 10 ms");
  });
});

describe("a new image", () => {
  test("does not start from the old image's snapshot", async () => {
    await inObject(async (tried) => {
      await leaveSnapshot(tried);
      tried.container.images = { origin: NEW_IMAGE };
      await call(tried.restart());
      expect(tried.container.takeCalls()).toEqual([`start ${NEW_IMAGE}`]);
    });
  });

  test("lets a container of the old image end its builds, and tells it once", async () => {
    await inObject(async ({ container, restart }) => {
      await call(restart());
      container.images = { origin: NEW_IMAGE };
      await call(restart());
      await restart().alarm();
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`, "signal 15"]);
      await container.stop();
      await call(restart());
      expect(container.takeCalls()).toEqual([`start ${NEW_IMAGE}`]);
    });
  });

  test("gets no snapshot of the old image's disk", async () => {
    await inObject(async ({ container, restart }) => {
      await call(restart());
      container.images = { origin: NEW_IMAGE };
      const object = restart();
      await alarmAfter(10, object);
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`, "signal 15", "destroy"]);
      await call(object);
      expect(container.takeCalls()).toEqual([`start ${NEW_IMAGE}`]);
    });
  });
});

test("new settings and secrets reach the origin, and its snapshot stays of use", async () => {
  await inObject(async (tried) => {
    await leaveSnapshot(tried);
    const { container, restart } = tried;
    await call(restart());
    const secret = { ORIGIN_SECRET: "t".repeat(32) };
    await call(restart(secret));
    await container.stop();
    await call(restart(secret));
    expect(container.takeCalls()).toEqual(["start snapshot-1", "signal 15", "start snapshot-1"]);
    expect(container.lastStart?.env).toMatchObject({ CORNICE_ORIGIN_SECRET: "t".repeat(32) });
  });
});

test("no secret is stored", async () => {
  await inObject(async (tried) => {
    await leaveSnapshot(tried);
    const stored = JSON.stringify([...(await tried.state.storage.list())]);
    expect(stored).toContain("snapshot-1");
    expect(stored).not.toContain("ssss");
  });
});
