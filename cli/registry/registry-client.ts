import { setTimeout as pause } from "node:timers/promises";
import type { Digest } from "../../protocol/digest.ts";
import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { LIST_MEDIA_TYPES, MEDIA_TYPES } from "../../protocol/media-types.ts";
import { plainLine } from "../../protocol/plain-text.ts";
import { answerChallenge, type Credentials } from "./authorization.ts";
import { sendGet } from "./http-request.ts";
import type { ImageReference } from "./image-reference.ts";
import { limitedBody, readBody } from "./limited-body.ts";
import { RegistryError } from "./registry-error.ts";

interface ClientOptions {
  readonly reference: Pick<ImageReference, "host" | "repository">;
  /** Whether the registry is asked over http. */
  readonly plainHttp: boolean;
  readonly credentials: Credentials | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds before each further attempt. */
  readonly pausesMs?: readonly number[];
}

/** A manifest or a list, as it came. Nothing in it is checked. */
export interface FetchedManifest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What the registry says of it. */
  readonly mediaType: string;
  readonly digestHeader: string | undefined;
}

const ACCEPT = [LIST_MEDIA_TYPES.oci, LIST_MEDIA_TYPES.docker, MEDIA_TYPES.oci.manifest, MEDIA_TYPES.docker.manifest];
const USER_AGENT = "cornice-verify";
const PAUSES_MS = [500, 3000];
const UNAUTHORIZED = 401;
const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;
/** The documents of an image with 10 000 store paths have about 200 MB, in all forms. */
const MAX_DOCUMENTS_BYTES = 1_073_741_824;
/** Bytes of an error's body that are read, and characters of its message that a person sees. */
const MAX_ERROR_BYTES = 65_536;
const MAX_SHOWN = 500;

/** Reads one repository of a registry. All methods throw `RegistryError`, and the signal's reason. */
export class RegistryClient {
  readonly #base: URL;
  readonly #repository: string;
  readonly #options: ClientOptions;
  #authorization: string | undefined;
  #documentBytes = 0;

  constructor(options: ClientOptions) {
    const { host, repository } = options.reference;
    this.#base = new URL(`${options.plainHttp ? "http" : "https"}://${host}/`);
    this.#repository = repository;
    this.#options = options;
  }

  /** `reference` is a tag or a digest. */
  manifest(reference: string): Promise<FetchedManifest> {
    return this.#fetchManifest(`manifests/${reference}`, ACCEPT.join(", "));
  }

  /** The list of what refers to a manifest. */
  referrers(subject: Digest): Promise<FetchedManifest> {
    return this.#fetchManifest(`referrers/${subject}`, LIST_MEDIA_TYPES.oci);
  }

  /** Reads a whole blob again if it breaks. So `read` gets a new stream for each attempt. */
  blob<T>(digest: Digest, maxBytes: number, read: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    return this.#withAttempts(`blob ${digest}`, async () => {
      const response = await this.#get(this.#address(`blobs/${digest}`), "*/*");
      try {
        return await read(limitedBody(response, maxBytes));
      } finally {
        if (response.body && !response.body.locked) await response.body.cancel();
      }
    });
  }

  /** Reads a blob into memory. All blobs that one client reads so have a limit together. */
  async document(digest: Digest, size: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#documentBytes += size;
    if (this.#documentBytes > MAX_DOCUMENTS_BYTES)
      throw new RegistryError(`the documents of the image have more than ${MAX_DOCUMENTS_BYTES} bytes`);
    const chunks = await this.blob(digest, size, (stream) => Array.fromAsync(stream));
    return Uint8Array.from(Buffer.concat(chunks));
  }

  /** A small file beside the registry's API, such as `keys/cosign.pub`. */
  file(path: string, maxBytes: number): Promise<string> {
    return this.#withAttempts(`/${path}`, async () => {
      const response = await this.#get(new URL(path, this.#base), "*/*");
      return new TextDecoder().decode(await readBody(response, maxBytes));
    });
  }

  #fetchManifest(path: string, accept: string): Promise<FetchedManifest> {
    return this.#withAttempts(path.replace("/", " "), async () => {
      const response = await this.#get(this.#address(path), accept);
      return {
        bytes: await readBody(response, MAX_MANIFEST_BYTES),
        mediaType: response.headers.get("content-type")?.split(";", 1)[0]?.trim() ?? "",
        digestHeader: response.headers.get("docker-content-digest") ?? undefined,
      };
    });
  }

  #address(path: string): URL {
    return new URL(`v2/${this.#repository}/${path}`, this.#base);
  }

  async #get(address: URL, accept: string): Promise<Response> {
    const { credentials, signal } = this.#options;
    const headers = { accept, "accept-encoding": "identity", "user-agent": USER_AGENT };
    const send = () => sendGet(address, { headers, authorization: this.#authorization, signal });
    let response = await send();
    if (response.status === UNAUTHORIZED) {
      await response.body?.cancel();
      const challenge = response.headers.get("www-authenticate") ?? "";
      const request = { headers: { "user-agent": USER_AGENT }, signal };
      this.#authorization = await answerChallenge(challenge, { base: this.#base, credentials }, request);
      response = await send();
    }
    if (response.ok) return response;
    throw await refusal(response);
  }

  async #withAttempts<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const { signal, pausesMs = PAUSES_MS } = this.#options;
    for (const pauseMs of [...pausesMs, undefined]) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RegistryError)) throw error;
        if (!error.isTransient || pauseMs === undefined) throw this.#named(what, error);
        await pause(pauseMs, undefined, { signal });
      }
    }
    throw new Error("the last attempt returns or throws");
  }

  #named(what: string, { message, status, isTransient, cause }: RegistryError): RegistryError {
    const details = { status, isTransient, cause };
    return new RegistryError(`${this.#base.host} does not give ${what}: ${message}`, details);
  }
}

async function refusal(response: Response): Promise<RegistryError> {
  const { status } = response;
  const body = await readBody(response, MAX_ERROR_BYTES).catch(() => new Uint8Array());
  const [first] = jsonMembers(parseJsonObject(new TextDecoder().decode(body))?.["errors"]);
  const message = isJsonObject(first) ? first["message"] : undefined;
  const said = typeof message === "string" ? `: ${plainLine(message, " ").slice(0, MAX_SHOWN)}` : "";
  const isTransient = status >= FIRST_SERVER_ERROR || status === TOO_MANY_REQUESTS;
  return new RegistryError(`the server answered ${status}${said}`, { status, isTransient });
}
