import {
  type BuildEvent,
  type BuildListener,
  type DownloadEvent,
  type LayerEvent,
  PHASES,
} from "../../protocol/build-events.ts";

/** One of the builds. */
interface Part {
  /** Stands before its log lines. */
  readonly name: string;
  hasEnded: boolean;
  /** The place of its phase in `PHASES`. */
  phase: number;
  download: DownloadEvent | undefined;
  /** Its layers have these places in the joined build. Undefined before the first one is ready. */
  layers: { readonly first: number; readonly total: number } | undefined;
}

/**
 * Joins the events of builds that run side by side into the events of one build. The joined build is in the phase of its
 * slowest part. It never goes back to an earlier phase. Layers and bytes are counted over all parts.
 */
export class JoinedEvents {
  readonly #onEvent: BuildListener;
  readonly #parts: readonly Part[];
  /** The places of the phases that a part has begun. */
  readonly #begun = new Set<number>();
  /** The place of the next phase. */
  #next = 0;

  /** `names`: one for each part. */
  constructor(onEvent: BuildListener, names: readonly string[]) {
    this.#onEvent = onEvent;
    const nothing = { hasEnded: false, phase: 0, download: undefined, layers: undefined };
    this.#parts = names.map((name) => ({ name, ...nothing }));
  }

  /** Gets the events of a part. */
  listener(name: string): BuildListener {
    const part = this.#find(name);
    return (event) => this.#tell(part, event);
  }

  /** The other parts do not wait for a part that has ended. */
  end(name: string): void {
    this.#find(name).hasEnded = true;
    this.#advance();
  }

  #find(name: string): Part {
    const part = this.#parts.find((each) => each.name === name);
    if (!part) throw new Error(`no build is called ${name}`);
    return part;
  }

  #tell(part: Part, event: BuildEvent): void {
    if (event.event === "phase") {
      part.phase = PHASES.indexOf(event.phase);
      this.#begun.add(part.phase);
      this.#advance();
    } else if (event.event === "log") this.#onEvent({ event: "log", line: `${part.name}: ${event.line}` });
    else if (event.event === "download") this.#onEvent(this.#addDownload(part, event));
    else if (event.event === "layer") this.#onEvent(this.#addLayer(part, event));
    else this.#onEvent(event);
  }

  #advance(): void {
    const slowest = Math.min(...this.#parts.filter(({ hasEnded }) => !hasEnded).map(({ phase }) => phase));
    for (const [place, phase] of PHASES.entries())
      if (place >= this.#next && place <= slowest && this.#begun.has(place)) this.#onEvent({ event: "phase", phase });
    this.#next = Math.max(this.#next, slowest + 1);
  }

  #addDownload(part: Part, event: DownloadEvent): DownloadEvent {
    part.download = event;
    const sum = (count: (progress: DownloadEvent) => number) =>
      this.#parts.reduce((total, { download }) => total + (download ? count(download) : 0), 0);
    return { event: "download", done: sum(({ done }) => done), total: sum(({ total }) => total) };
  }

  /** A part that has no layer yet will have as many as another part: the images have the same packages. */
  #addLayer(part: Part, event: LayerEvent): LayerEvent {
    part.layers = { first: part.layers?.first ?? this.#layerCount(), total: event.total };
    const unknown = this.#parts.filter(({ hasEnded, layers }) => !hasEnded && !layers).length;
    const total = this.#layerCount() + unknown * event.total;
    return { ...event, index: part.layers.first + event.index, total };
  }

  /** Places of layers that are taken. */
  #layerCount(): number {
    return Math.max(0, ...this.#parts.map(({ layers }) => (layers ? layers.first + layers.total : 0)));
  }
}
