import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join, normalize } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Faults, parseFaults } from "./faults.ts";
import { sendFile } from "./send-file.ts";

/** A revision of nixpkgs, and its archive. */
export interface Release {
  readonly revision: string;
  /** The path of a `.tar.gz` file. */
  readonly archive: string;
}

export interface StandInOptions {
  /** By channel. The test may move a channel while the server runs. */
  readonly channels?: Map<string, Release>;
  /** The folder of a binary cache. */
  readonly cache?: string;
}

/** Requests and bytes of one kind. */
export interface Count {
  readonly requests: number;
  readonly bytes: number;
}

/** A server that stands in for nixpkgs' channels, GitHub's archives and a binary cache, on loopback. */
export interface StandIn {
  readonly url: string;
  /** The binary cache with faults, such as `truncated+latency=50`. */
  cacheUrl(faults?: string): string;
  /** The settings of a registry that serves a channel of this server. */
  channelSettings(channel: string, faults?: string): Record<string, string>;
  /** The requests of each kind: `channel`, `archive`, `narinfo`, `nar`. Failed ones count as `nar missing` or `nar refused`. */
  readonly counts: ReadonlyMap<string, Count>;
  stop(): Promise<void>;
}

interface Call {
  readonly faults: Faults;
  readonly rest: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export async function startStandIn({ channels = new Map(), cache }: StandInOptions): Promise<StandIn> {
  const counts = new Map<string, Count>();
  const seen = new Set<string>();

  function count(kind: string, bytes = 0): void {
    const { requests, bytes: before } = counts.get(kind) ?? { requests: 0, bytes: 0 };
    counts.set(kind, { requests: requests + 1, bytes: before + bytes });
  }

  function isFirst(key: string): boolean {
    return !seen.has(key) && seen.add(key).size > 0;
  }

  /** Whether a fault has answered, or never will. */
  async function refuses(kind: string, { faults, request, response }: Call): Promise<boolean> {
    if (faults.has("latency")) await pause(Number(faults.get("latency")));
    if (lacksPassword(faults, request)) {
      count(`${kind} refused`);
      response.writeHead(401).end("no\n");
      return true;
    }
    const isBusy = faults.has("503first") && isFirst(`503 ${request.url}`);
    if (!isBusy && !["hang", "500", `${kind}500`].some((name) => faults.has(name))) return false;
    count(`${kind} refused`);
    if (!faults.has("hang")) response.writeHead(isBusy ? 503 : 500).end("no\n");
    return true;
  }

  function missing(kind: string, { response }: Call): void {
    count(`${kind} missing`);
    response.writeHead(404).end("not found\n");
  }

  async function serveCache(call: Call): Promise<void> {
    const { faults, rest, request, response } = call;
    const file = join(cache ?? "/nonexistent", normalize(`/${rest}`));
    const kind = rest.endsWith(".narinfo") ? "narinfo" : rest.startsWith("nar/") ? "nar" : "cache";
    if (await refuses(kind, call)) return;
    const size = (await stat(file).catch(() => undefined))?.size;
    if (size === undefined || faults.has(`${kind}404`)) return missing(kind, call);
    count(kind, request.method === "HEAD" ? 0 : size);
    if (request.method === "HEAD") response.writeHead(200, { "content-length": size }).end();
    else if (kind === "narinfo") response.end(narinfo(await readFile(file, "utf8"), faults));
    else if (kind === "cache") response.end(await readFile(file));
    else {
      const isCut = faults.has("truncfirst") && isFirst(`cut ${rest}`);
      const headers = { "content-type": "application/x-nix-nar", "accept-ranges": "bytes" };
      const own = isCut ? new Map([...faults, ["truncated", ""]]) : faults;
      await sendFile(response, { file, headers, faults: own, range: request.headers.range, hasLength: true });
    }
  }

  /** As channels.nixos.org does: it redirects to the release's file. */
  async function serveChannel(call: Call): Promise<void> {
    const [name = "", file] = call.rest.split("/");
    if (await refuses("channel", call)) return;
    const release = channels.get(name);
    if (!release || file !== "git-revision") return missing("channel", call);
    count("channel");
    call.response.writeHead(302, { location: `/releases/${release.revision}`, "content-length": 0 }).end();
  }

  /** As GitHub does: it redirects to another address, which tells no length. */
  async function serveArchive(call: Call): Promise<void> {
    const { request, response, rest } = call;
    const revision = /^nixpkgs\/archive\/([0-9a-f]{40})\.tar\.gz$/.exec(rest)?.[1];
    if (await refuses("archive", call)) return;
    if (revision === undefined) return missing("archive", call);
    const service = request.url?.split("/")[1]?.replace("NixOS", "codeload");
    response.writeHead(302, { location: `/${service}/${revision}`, "content-length": 0 }).end();
  }

  async function serveCodeload(call: Call): Promise<void> {
    const { faults, rest, request, response } = call;
    const release = [...channels.values()].find(({ revision }) => revision === rest);
    if (!release) return missing("archive", call);
    count("archive", (await stat(release.archive)).size);
    const headers = { "content-type": "application/x-gzip" };
    const { range } = request.headers;
    await sendFile(response, { file: release.archive, headers, faults, range, hasLength: false });
  }

  const services: Readonly<Record<string, (call: Call) => Promise<void>>> = {
    channels: serveChannel,
    NixOS: serveArchive,
    codeload: serveCodeload,
    releases: async ({ rest, response }) => void response.end(rest),
  };

  /** A first part of a path such as `channels+hang`, or `cache` and a second part with the faults. */
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Nix 2.34 writes `%3D` for `=`.
    const [, first = "", ...parts] = decodeURIComponent((request.url ?? "").split("?")[0] ?? "").split("/");
    const [service = "", ...faultNames] = first.split("+");
    if (service === "cache") {
      const [names = "", ...rest] = parts;
      return serveCache({ faults: parseFaults(names), rest: rest.join("/"), request, response });
    }
    const call = { faults: parseFaults(faultNames.join("+")), rest: parts.join("/"), request, response };
    return services[service]?.(call) ?? missing("path", call);
  }

  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return {
    url,
    counts,
    cacheUrl: (faults = "ok") => `${url}/cache/${faults}`,
    channelSettings(channel, faults) {
      const behind = faults === undefined ? "" : `+${faults}`;
      return {
        CORNICE_CHANNEL: channel,
        CORNICE_CHANNELS_URL: `${url}/channels${behind}`,
        CORNICE_NIXPKGS_URL: `${url}/NixOS${behind}/nixpkgs`,
      };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function lacksPassword(faults: Faults, { headers }: IncomingMessage): boolean {
  const password = faults.get("password");
  const expected = Buffer.from(`reader:${password}`).toString("base64");
  return password !== undefined && headers.authorization !== `Basic ${expected}`;
}

function narinfo(text: string, faults: Faults): string {
  if (faults.has("unsigned")) return text.replaceAll(/^Sig:.*\n/gm, "");
  if (!faults.has("badsig")) return text;
  return text.replaceAll(/^Sig: ([^:]*):(.)/gm, (_, key: string, first: string) => {
    return `Sig: ${key}:${first === "A" ? "B" : "A"}`;
  });
}
