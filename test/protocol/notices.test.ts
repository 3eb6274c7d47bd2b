import { describe, expect, test } from "vitest";
import { parseNotices } from "../../protocol/notices.ts";

describe("a list of notices", () => {
  test.each([[[]], [["low-disk"]]])("%j is read", (notices) => {
    expect(parseNotices({ notices })).toEqual({ notices });
  });

  test("has each notice once, and none that this release does not know", () => {
    const notices = ["low-disk", "moon-phase", 7, null, ["low-disk"], "low-disk"];
    expect(parseNotices({ notices, more: true })).toEqual({ notices: ["low-disk"] });
  });

  test.each([null, [], "low-disk", {}, { notices: "low-disk" }, { notices: { 0: "low-disk" } }])(
    "%j is none",
    (value) => {
      expect(parseNotices(value)).toBeNull();
    },
  );
});
