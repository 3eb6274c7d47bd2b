import type { LogTail } from "../../protocol/build-state.ts";
import { plainText } from "../../protocol/plain-text.ts";
import { formatNumber } from "../page/format.ts";
import { useFollow } from "./use-follow.ts";

interface Props {
  readonly log: LogTail;
  /** Whether the build has ended. */
  readonly hasEnded: boolean;
}

/** The end of Nix's log. It follows new lines, unless somebody has scrolled up to read. */
export function LogView({ log, hasEnded }: Props) {
  const { box, follows, onScroll, followAgain } = useFollow<HTMLPreElement>(log);
  const nothing = hasEnded ? "Nix wrote nothing." : "Nix has written nothing yet.";
  return (
    <section class="log" aria-labelledby="log-title">
      <div class="title-row">
        <h2 id="log-title">Log</h2>
        {!follows && (
          <button type="button" class="button small" onClick={followAgain}>
            Follow the end
          </button>
        )}
      </div>
      <pre ref={box} tabIndex={0} role="log" aria-live="off" aria-labelledby="log-title" onScroll={onScroll}>
        {log.dropped > 0 && <span class="dropped">{`… ${formatNumber(log.dropped)} lines before these\n`}</span>}
        {log.lines.length === 0 ? nothing : log.lines.map(plainText).join("\n")}
      </pre>
    </section>
  );
}
