import type { Notice } from "../../protocol/notices.ts";
import { askNotices } from "./answers.ts";
import { useAnswer } from "./use-answer.ts";

const WORDS: Readonly<Record<Notice, string>> = {
  "low-disk":
    "The disk of the build service is nearly full. Images that are already built still work. New builds may fail.",
};

/** What visitors should know before they ask for a build. Empty while nobody knows of anything. */
export function Notices() {
  const answer = useAnswer(askNotices, []);
  if (answer.state !== "here") return null;
  return answer.value.notices.map((notice) => <p key={notice}>{WORDS[notice]}</p>);
}
