import { useEffect, useState } from "preact/hooks";

interface Props {
  readonly text: string;
  /** Names the text for screen readers: `the command`. */
  readonly what: string;
}

const FEEDBACK_MS = 2000;

/** Copies text, and says so. If the browser refuses, it asks the person to copy by hand. */
export function CopyButton({ text, what }: Props) {
  const [feedback, setFeedback] = useState("");
  useEffect(() => setFeedback(""), [text]);
  useEffect(() => {
    if (feedback === "") return undefined;
    const timer = setTimeout(() => setFeedback(""), FEEDBACK_MS);
    return () => clearTimeout(timer);
  }, [feedback]);
  return (
    <span class="copy">
      <button
        type="button"
        class="button small"
        aria-label={`Copy ${what}`}
        onClick={() => void copy(text).then(setFeedback)}
      >
        {feedback === COPIED ? "Copied" : "Copy"}
      </button>
      <span role="status" class={feedback === COPIED ? "unseen" : "copy-problem"}>
        {feedback}
      </span>
    </span>
  );
}

const COPIED = "Copied";

async function copy(text: string): Promise<string> {
  try {
    // `clipboard` is undefined on pages without TLS, except on loopback addresses.
    await navigator.clipboard.writeText(text);
    return COPIED;
  } catch {
    return "The browser does not let this page copy. Select the text and copy it.";
  }
}
