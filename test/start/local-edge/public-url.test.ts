import { expect, test } from "vitest";
import { publicUrl } from "../../../start/local-edge/workers/public-url.ts";

test.each([
  [
    "has the public scheme at the public host",
    "http://r.example/v2/?n=1",
    "https://r.example",
    "https://r.example/v2/?n=1",
  ],
  ["has it with another port", "http://r.example:8443/token", "https://r.example:8443", "https://r.example:8443/token"],
  [
    "has it if the client names the usual port",
    "http://r.example:443/v2/",
    "https://r.example",
    "https://r.example/v2/",
  ],
  [
    "keeps two slashes at the start of a path",
    "http://r.example//evil/",
    "https://r.example",
    "https://r.example//evil/",
  ],
  ["stays as it is at another host", "http://127.0.0.1:8787/v2/", "https://r.example", "http://127.0.0.1:8787/v2/"],
  ["stays as it is at another port", "http://r.example:8787/v2/", "https://r.example", "http://r.example:8787/v2/"],
  ["stays as it is without a public URL", "http://r.example/v2/", "", "http://r.example/v2/"],
])("the URL of a request %s", (_, url, registryUrl, expected) => {
  expect(publicUrl(url, registryUrl)).toBe(expected);
});
