import { useEffect, useState } from "preact/hooks";
import { messageOf } from "../page/api.ts";
import { NOTHING, parseSelection, type Selection, selectionUrl } from "../page/selection.ts";

/** The state that the page reads from its address. */
export interface ComposeState {
  readonly selection: Selection;
  /** The tool whose command is shown. */
  readonly tool: string;
  /** Why the address or the typed text is not valid. Empty if there is no problem. */
  readonly problem: string;
}

/** No name can have more packages. The registry's own limit is checked when a person adds a package. */
const MOST_PACKAGES = 255;
export const FIRST_TOOL = "docker";

function fromAddress(): ComposeState {
  const tool = new URLSearchParams(location.search).get("for") ?? FIRST_TOOL;
  try {
    return { selection: parseSelection(location.search, MOST_PACKAGES), tool, problem: "" };
  } catch (error) {
    return { selection: NOTHING, tool, problem: messageOf(error) };
  }
}

function addressOf({ selection, tool }: ComposeState): string {
  const url = selectionUrl(selection);
  if (tool === FIRST_TOOL) return url;
  return `${url}${url.includes("?") ? "&" : "?"}for=${encodeURIComponent(tool)}`;
}

interface Changes {
  readonly state: ComposeState;
  /** Makes a step that the browser's back button undoes. */
  readonly choose: (selection: Selection) => void;
  readonly showTool: (tool: string) => void;
  readonly complain: (problem: string) => void;
}

/** The page's state, which lives in its address. */
export function useSelection(): Changes {
  const [state, setState] = useState(fromAddress);
  useEffect(() => {
    const update = () => setState(fromAddress());
    addEventListener("popstate", update);
    return () => removeEventListener("popstate", update);
  }, []);
  return {
    state,
    choose(selection) {
      const next = { ...state, selection, problem: "" };
      setState(next);
      if (addressOf(next) !== addressOf(state)) history.pushState(null, "", addressOf(next));
    },
    showTool(tool) {
      const next = { ...state, tool };
      setState(next);
      history.replaceState(null, "", addressOf(next));
    },
    complain: (problem) => setState({ ...state, problem }),
  };
}
