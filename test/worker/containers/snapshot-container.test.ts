import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { spyOnLog } from "../failure-log.ts";
import { alarmAfter, call, inObject, leaveSnapshot, MINUTE_MS } from "./in-object.ts";
import { IMAGE } from "./recording-container.ts";

let failures: ReturnType<typeof spyOnLog>;
let notes: ReturnType<typeof spyOnNotes>;

function spyOnNotes() {
  return vi.spyOn(console, "log").mockReturnValue(undefined);
}

beforeEach(() => {
  failures = spyOnLog();
  notes = spyOnNotes();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

describe("a container without a snapshot", () => {
  test("starts from its image with the first call, once for all calls", async () => {
    await inObject(async ({ container, restart }) => {
      const object = restart();
      const answers = await Promise.all([call(object), call(object)]);
      expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(["built", "built"]);
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
      expect(container.lastStart).toEqual({
        image: IMAGE,
        instance: "standard-1",
        enableInternet: true,
        env: { CORNICE_CHANNEL: "nixos-25.11", CORNICE_ORIGIN_SECRET: "s".repeat(32) },
      });
    });
  });

  test("is checked each minute, and Cloudflare stops it if the checks end", async () => {
    await inObject(async ({ container, state, restart }) => {
      const object = restart();
      await call(object);
      const alarm = await state.storage.getAlarm();
      expect(Math.abs((alarm ?? 0) - Date.now() - MINUTE_MS)).toBeLessThan(MINUTE_MS / 2);
      await object.alarm();
      expect(container.calls.filter((name) => name === "setInactivityTimeout")).toHaveLength(2);
      restart();
      await vi.waitFor(() => {
        expect(container.calls.filter((name) => name === "setInactivityTimeout")).toHaveLength(3);
      });
    });
  });

  test("fails the call that it does not start for, and not the next one", async () => {
    await inObject(async ({ container, restart }) => {
      container.faultOf = () => new Error("the image is damaged");
      const object = restart();
      await expect(call(object)).rejects.toThrow("the image is damaged");
      container.faultOf = () => undefined;
      expect((await call(object)).status).toBe(200);
    });
  });

  test("is refused if no image has the name", async () => {
    await inObject(async ({ container, restart }) => {
      container.images = {};
      expect(() => restart()).toThrow('needs an image "origin"');
    });
  });
});

describe("a container that nobody calls", () => {
  test("leaves a snapshot after ten minutes, stops, and starts from it", async () => {
    await inObject(async (tried) => {
      await leaveSnapshot(tried);
      await call(tried.restart());
      expect(tried.container.takeCalls()).toEqual(["start snapshot-1"]);
      expect(tried.container.lastStart).toMatchObject({
        instance: "standard-1",
        env: { CORNICE_CHANNEL: "nixos-25.11" },
      });
      const lines = notes.mock.calls.map(([line]) => String(line)).join("\n");
      expect(lines).toContain('"message":"the container left a snapshot","id":"snapshot-1","bytes":5000000');
      expect(lines).toContain("the container started from its snapshot");
    });
  });

  test("goes on for less than ten minutes", async () => {
    await inObject(async ({ container, restart }) => {
      const object = restart();
      await call(object);
      await alarmAfter(9, object);
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
    });
  });

  test("goes on while its origin builds, and for ten minutes after that", async () => {
    await inObject(async ({ container, restart }) => {
      const object = restart();
      await call(object);
      const idle = container.answers;
      container.answers = { ...idle, "/metrics": () => new Response('cornice_builds_under_way{phase="pack"} 1\n') };
      await alarmAfter(30, object);
      container.answers = idle;
      await alarmAfter(9, object);
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
      await alarmAfter(1, object);
      expect(container.takeCalls()).toEqual(["snapshot", "destroy"]);
    });
  });

  test("leaves no second snapshot if it has built nothing", async () => {
    await inObject(async (tried) => {
      await leaveSnapshot(tried);
      const object = tried.restart();
      await call(object, "GET");
      await alarmAfter(10, object);
      expect(tried.container.takeCalls()).toEqual(["start snapshot-1", "destroy"]);
    });
  });

  test("goes on if a call comes while the snapshot is taken, and that snapshot is not used", async () => {
    await inObject(async ({ container, restart }) => {
      const object = restart();
      await call(object);
      container.snapshot = async () => {
        await call(object);
        return { id: "torn", size: 1 };
      };
      await alarmAfter(10, object);
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`, "snapshot"]);
      await container.stop();
      await call(restart());
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
    });
  });

  test("starts again for a call that comes while it stops", async () => {
    await inObject(async ({ container, restart }) => {
      const object = restart();
      await call(object);
      const late = Promise.withResolvers<Response>();
      container.whileStopping = () => late.resolve(call(object));
      await alarmAfter(10, object);
      expect((await late.promise).status).toBe(200);
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`, "snapshot", "destroy", "start snapshot-1"]);
    });
  });

  test("stops without a snapshot if none can be taken", async () => {
    await inObject(async ({ container, restart }) => {
      container.snapshot = () => Promise.reject(new Error("snapshots are down"));
      const object = restart();
      await call(object);
      await alarmAfter(10, object);
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`, "snapshot", "destroy"]);
      expect(String(failures.mock.calls[0]?.[0])).toContain("snapshots are down");
    });
  });

  test("forgets its snapshot if its origin is not ready, for its disk may be full", async () => {
    await inObject(async (tried) => {
      await leaveSnapshot(tried);
      const { container, restart } = tried;
      const well = container.answers;
      container.answers = { ...well, "/readyz": () => new Response("not ready: disk", { status: 503 }) };
      const object = restart();
      await call(object);
      await alarmAfter(10, object);
      expect(container.takeCalls()).toEqual(["start snapshot-1", "destroy"]);
      await call(restart());
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
    });
  });

  test("stops after the longest build if its origin does not answer", async () => {
    await inObject(async ({ container, restart }) => {
      const object = restart({ BUILD_TIMEOUT: "1800" });
      await call(object);
      container.answers = {};
      await alarmAfter(39, object);
      expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
      await alarmAfter(1, object);
      expect(container.takeCalls()).toEqual(["destroy"]);
    });
  });
});

describe("with CONTAINER_SNAPSHOT off", () => {
  test("a container neither leaves a snapshot nor starts from one", async () => {
    await inObject(async (tried) => {
      await leaveSnapshot(tried);
      const object = tried.restart({ CONTAINER_SNAPSHOT: "off" });
      await call(object);
      await alarmAfter(10, object);
      expect(tried.container.takeCalls()).toEqual([`start ${IMAGE}`, "destroy"]);
    });
  });
});
