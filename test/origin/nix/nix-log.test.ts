import { describe, expect, test } from "vitest";
import { createNixLog } from "../../../origin/nix/nix-log.ts";
import { recordEvents } from "../recorded-events.ts";

const FAILING = "/nix/store/v492pfplff5a5fxp954cvdpf25slfpdm-failing-1.2.drv";
const HTOP = "/nix/store/cvf6aizm35q2zljf62zpy4nhs44rb0xd-htop-3.2";

/** A log that Nix 2.8 printed. */
const RECORDED = [
  '@nix {"action":"start","id":90378996809728,"level":6,"text":"querying info about missing paths","type":0}',
  '@nix {"action":"stop","id":90378996809728}',
  '@nix {"action":"msg","level":3,"msg":"these 3 derivations will be built:"}',
  '@nix {"action":"start","id":90378996809730,"level":0,"text":"","type":104}',
  '@nix {"action":"result","fields":[0,1,0,0],"id":90378996809730,"type":105}',
  `@nix {"action":"start","fields":["${FAILING}","",1,1],"id":90378996809733,"level":3,"text":"building '${FAILING}'","type":105}`,
  '@nix {"action":"result","fields":["\\u001b[31mline 1\\u001b[0m"],"id":90378996809733,"type":101}',
  '@nix {"action":"result","fields":["error: line 2"],"id":90378996809733,"type":101}',
  `@nix {"action":"msg","column":null,"file":null,"level":0,"line":null,"msg":"\\u001b[31;1merror:\\u001b[0m builder for '\\u001b[35;1m${FAILING}\\u001b[0m' failed with exit code 3","raw_msg":"builder for …"}`,
  '@nix {"action":"stop","id":90378996809733}',
  '@nix {"action":"msg","level":0,"msg":"\\u001b[31;1merror:\\u001b[0m 1 dependencies of derivation \'top.drv\' failed to build"}',
];

function read(lines: readonly string[]) {
  const recorded = recordEvents();
  let time = 0;
  const log = createNixLog({ now: () => (time += 1000), onEvent: recorded.onEvent });
  lines.forEach((line) => log.read(line));
  return { log, shown: recorded.lines(), work: recorded.work() };
}

describe("from Nix's log in its JSON format", () => {
  test("people get the same text as on a terminal, without colours", () => {
    expect(read(RECORDED).shown).toEqual([
      "these 3 derivations will be built:",
      `building '${FAILING}'...`,
      "line 1",
      "error: line 2",
      `error: builder for '${FAILING}' failed with exit code 3`,
      "error: 1 dependencies of derivation 'top.drv' failed to build",
    ]);
  });

  test("the reason is Nix's first error, not an error that a builder printed", () => {
    expect(read(RECORDED).log.reason()).toBe(`builder for '${FAILING}' failed with exit code 3`);
  });

  test("a reason has all lines of its own message, and no others", () => {
    const message = `error: hash mismatch in fixed-output derivation 'x.drv':\\n         specified: sha256-A\\n            got:    sha256-B`;
    const other = '@nix {"action":"msg","level":3,"msg":"  not of it"}';
    const { log } = read([`@nix {"action":"msg","level":0,"msg":"${message}"}`, "error: next", other]);
    expect(log.reason()).toBe(
      "hash mismatch in fixed-output derivation 'x.drv':\nspecified: sha256-A\ngot:    sha256-B",
    );
  });

  test("the log keeps the last twenty lines of each builder separately", () => {
    const start = (id: number) => `@nix {"action":"start","fields":["/d${id}"],"id":${id},"type":105}`;
    const output = (id: number, line: number) =>
      `@nix {"action":"result","fields":["${id}: ${line}"],"id":${id},"type":101}`;
    const lines = Array.from({ length: 30 }, (_, line) => [output(1, line), output(2, line)]).flat();
    const { log } = read([start(1), start(2), ...lines, '@nix {"action":"stop","id":1}']);
    const last = (id: number) => Array.from({ length: 20 }, (_, index) => `${id}: ${index + 10}`);
    expect([log.lastLines("/d1"), log.lastLines("/d2"), log.lastLines("/d3")]).toEqual([last(1), last(2), []]);
  });

  test("the names of builds have no control characters", () => {
    const path = FAILING.replace("failing", "\\u001b[31mfail\\u202eing");
    const { work, log } = read([`@nix {"action":"start","fields":["${path}"],"id":1,"type":105}`]);
    expect(work).toEqual([{ work: "build", name: "failing-1.2", state: "started" }]);
    expect(log.lastLines(FAILING)).toEqual([]);
    expect(log.running().map((running) => running.path)).toEqual([FAILING]);
  });

  test("work is running if it has begun and not ended", () => {
    const { log } = read([
      ...RECORDED.slice(0, 6),
      `@nix {"action":"start","fields":["${HTOP}","https://cache","local"],"id":7,"level":3,"text":"copying path '${HTOP}'","type":100}`,
    ]);
    expect(log.running()).toEqual([
      { work: "build", path: FAILING, startedAt: 1000 },
      { work: "download", path: HTOP, startedAt: 2000 },
    ]);
    RECORDED.slice(6).forEach((line) => log.read(line));
    expect(log.running().map(({ path }) => path)).toEqual([HTOP]);
  });

  test("the listener gets the name of each build and download at its start and end", () => {
    const copying = `@nix {"action":"start","fields":["${HTOP}","https://cache","local"],"id":7,"level":3,"text":"","type":100}`;
    expect(read([copying, ...RECORDED]).work).toEqual([
      { work: "download", name: "htop-3.2", state: "started" },
      { work: "build", name: "failing-1.2", state: "started" },
      { work: "build", name: "failing-1.2", state: "failed" },
    ]);
  });

  test("work that ends after a failure has stopped", () => {
    const other = (action: string) =>
      `@nix {"action":"${action}","fields":["${HTOP}.drv"],"id":8,"level":3,"text":"","type":105}`;
    const { work } = read([...RECORDED.slice(0, 6), other("start"), ...RECORDED.slice(6), other("stop")]);
    expect(work.slice(2)).toEqual([
      { work: "build", name: "failing-1.2", state: "failed" },
      { work: "build", name: "htop-3.2", state: "stopped" },
    ]);
  });

  test("work has failed or stopped, also if Nix prints the error after the end of all work", () => {
    const start = (id: number, path: string) => `@nix {"action":"start","fields":["${path}"],"id":${id},"type":105}`;
    const stop = (id: number) => `@nix {"action":"stop","id":${id}}`;
    const { work } = read([
      start(1, "/nix/store/cvf6aizm35q2zljf62zpy4nhs44rb0xd-done-1.drv"),
      start(2, FAILING),
      stop(1),
      start(3, `${HTOP}.drv`),
      stop(3),
      stop(2),
      `@nix {"action":"msg","level":0,"msg":"error: builder for '${FAILING}' failed with exit code 3"}`,
    ]);
    expect(work.slice(2)).toEqual([
      { work: "build", name: "done-1", state: "ended" },
      { work: "build", name: "htop-3.2", state: "started" },
      { work: "build", name: "htop-3.2", state: "ended" },
      { work: "build", name: "failing-1.2", state: "ended" },
      { work: "build", name: "failing-1.2", state: "failed" },
      { work: "build", name: "htop-3.2", state: "stopped" },
    ]);
  });

  test.each([
    "@nix ",
    "@nix null",
    "@nix {",
    "@nix {}",
    '@nix {"action":"start","id":1,"type":105}',
    '@nix {"action":"start","id":"1","type":105,"fields":["x"]}',
    '@nix {"action":"result","id":1,"type":101,"fields":[1]}',
    '@nix {"action":"stop","id":1}',
    '@nix {"action":"msg","level":5,"msg":"evaluating file"}',
  ])("%s gives no event", (line) => {
    const { log, shown } = read([line]);
    expect([shown, log.reason(), log.running()]).toEqual([[], undefined, []]);
  });
});

describe("in Nix's log as text, the reason is", () => {
  test.each([
    ["the first error", ["warning: x", "error: first", "error: second"], "first"],
    [
      "all lines of a message (2.8)",
      ["error: this", "       has", "       lines", "(use '--show-trace' to show it)", "       not"],
      "this\nhas\nlines",
    ],
    ["the message without its position", ["error: it is missing", "", "       at /a.nix:1:95:"], "it is missing"],
    [
      "the message below the trace (2.20)",
      [
        "error:",
        "       … while calling the 'derivationStrict' builtin",
        "",
        "       error: it is unfree",
        "",
        "       a) To",
      ],
      "it is unfree",
    ],
    [
      "a message with that of another program below",
      ["error: it failed:", "       error: executing 'git': No such file", "       ", "(use '--show-trace')"],
      "it failed:\nerror: executing 'git': No such file",
    ],
    ["eight lines at most", ["error: 1", ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => `  ${n}`)], "1\n2\n3\n4\n5\n6\n7\n8"],
    ["undefined if there is no error", ["these paths will be fetched"], undefined],
  ])("%s", (_, lines, reason) => {
    expect(read(lines).log.reason()).toBe(reason);
  });
});
