import { expect, test } from "vitest";
import { startContainer } from "../../../worker/containers/start-container.ts";
import { IMAGE, RecordingContainer } from "./recording-container.ts";

const START = { image: IMAGE };

test("a container has started when its origin answers", async () => {
  const container = new RecordingContainer();
  await startContainer(container, START);
  expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
});

test("a start waits for a machine", async () => {
  const container = new RecordingContainer();
  const faults = [new Error("There is no container instance that can be provided to this durable object")];
  container.faultOf = () => faults.pop();
  await startContainer(container, START);
  expect(container.takeCalls()).toEqual([`start ${IMAGE}`, `start ${IMAGE}`]);
});

test("a start fails if there is no machine within the limit", async () => {
  const container = new RecordingContainer();
  container.faultOf = () => new Error("there is no container instance that can be provided to this durable object");
  await expect(startContainer(container, START, 100)).rejects.toThrow("no container instance");
});

test("a start fails at once for any other reason", async () => {
  const container = new RecordingContainer();
  container.faultOf = () => new Error('Snapshot "s" was not found.');
  await expect(startContainer(container, START)).rejects.toThrow("was not found");
  expect(container.takeCalls()).toEqual([`start ${IMAGE}`]);
});

test("a start fails if the container stops before its origin answers", async () => {
  const container = new RecordingContainer();
  container.answers = {};
  const started = startContainer(container, START);
  await Promise.all([expect(started).rejects.toThrow("stopped before its origin answered"), container.stop()]);
});

test("a start fails if the origin does not answer in time", async () => {
  const container = new RecordingContainer();
  container.answers = {};
  await expect(startContainer(container, START, 100)).rejects.toThrow(/timeout/i);
});
