import { useState } from "preact/hooks";
import { startBuild } from "./answers.ts";
import { messageOf } from "./api.ts";

interface Props {
  readonly name: string;
  readonly tag: string;
  /** `Build it now`, if it is undefined. */
  readonly label?: string;
}

/** Begins the build of an image, and opens the page of the build. */
export function BuildButton({ name, tag, label = "Build it now" }: Props) {
  const [isStarting, setStarting] = useState(false);
  const [problem, setProblem] = useState("");
  async function begin() {
    setStarting(true);
    setProblem("");
    try {
      const { key } = await startBuild(name, tag);
      location.assign(`/builds/${key}`);
    } catch (error) {
      setProblem(messageOf(error));
      setStarting(false);
    }
  }
  return (
    <>
      <button type="button" class="button" disabled={isStarting} onClick={() => void begin()}>
        {isStarting ? "Starting …" : label}
      </button>
      {problem !== "" && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
