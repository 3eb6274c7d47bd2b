import { describe, expect, test } from "vitest";
import { basicAuthorization, netrcEntryFor, parseNetrc } from "../../../origin/caches/netrc.ts";

const ENTRY = { machine: "a.example", login: "reader", password: "secret" };

describe("a netrc file", () => {
  test.each([
    ["on one line", "machine a.example login reader password secret"],
    ["on several lines", "machine a.example\n\tlogin reader\n\tpassword secret\n"],
    ["in another order", "machine a.example password secret login reader"],
    ["with a host in upper case", "machine A.EXAMPLE login reader password secret"],
    ["with quotes", 'machine a.example login "reader" password "secret"'],
    ["with an account", "machine a.example login reader account machine password secret"],
    ["with a comment", "# machine b.example\nmachine a.example login reader password secret"],
    ["with a macro", "macdef init\nmachine b.example\n\nmachine a.example login reader password secret"],
  ])("%s", (_, text) => {
    expect(parseNetrc(text)).toEqual([ENTRY]);
  });

  test.each([
    ["", []],
    ["login nobody password x", []],
    ["machine", [{ machine: "", login: "", password: "" }]],
    ["machine a.example password x", [{ machine: "a.example", login: "", password: "x" }]],
    ["default login x password y", [{ machine: undefined, login: "x", password: "y" }]],
    [String.raw`machine a.example password "a \"b\" c"`, [{ machine: "a.example", login: "", password: 'a "b" c' }]],
    ["machine a.example password login login reader", [{ machine: "a.example", login: "reader", password: "login" }]],
  ])("%j", (text, entries) => {
    expect(parseNetrc(text)).toEqual(entries);
  });
});

test.each([
  ["https://a.example/x", "reader"],
  ["http://a.example:8080/x", "reader"],
  ["https://b.example/", "anybody"],
  ["https://sub.a.example/", "anybody"],
])("the entry for %s", (url, login) => {
  const entries = parseNetrc(
    "default login anybody password x machine a.example login reader password y machine a.example login late password z",
  );
  expect(netrcEntryFor(new URL(url), entries)?.login).toBe(login);
});

test("a header for HTTP", () => {
  expect(basicAuthorization(ENTRY)).toBe(`Basic ${Buffer.from("reader:secret").toString("base64")}`);
});
