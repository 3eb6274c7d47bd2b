/**
 * Finds strongly connected components: nodes of one component can all reach each other. This is Tarjan's algorithm,
 * without recursion. In the result, a component comes after its dependencies.
 *
 *     htop ──> libc6 ⇄ libgcc-s1 ──> gcc-base      =>  [gcc-base] [libc6 libgcc-s1] [htop]
 */
export function stronglyConnected(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const search = new Search(graph);
  for (const node of graph.keys()) search.visit(node);
  return search.components;
}

interface Frame {
  readonly node: string;
  readonly edges: readonly string[];
  next: number;
}

class Search {
  readonly components: string[][] = [];
  readonly #graph: ReadonlyMap<string, readonly string[]>;
  readonly #index = new Map<string, number>();
  readonly #lowest = new Map<string, number>();
  readonly #open: string[] = [];
  readonly #isOpen = new Set<string>();

  constructor(graph: ReadonlyMap<string, readonly string[]>) {
    this.#graph = graph;
  }

  visit(root: string): void {
    if (this.#index.has(root)) return;
    const frames = [this.#enter(root)];
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const edge = frame.edges[frame.next];
      frame.next += 1;
      if (edge === undefined) {
        this.#leave(frame.node);
        frames.pop();
        const parent = frames.at(-1);
        if (parent) this.#lower(parent.node, this.#lowest.get(frame.node));
      } else if (!this.#index.has(edge)) {
        frames.push(this.#enter(edge));
      } else if (this.#isOpen.has(edge)) {
        this.#lower(frame.node, this.#index.get(edge));
      }
    }
  }

  #enter(node: string): Frame {
    const index = this.#index.size;
    this.#index.set(node, index);
    this.#lowest.set(node, index);
    this.#open.push(node);
    this.#isOpen.add(node);
    return { node, edges: this.#graph.get(node) ?? [], next: 0 };
  }

  #lower(node: string, candidate = Infinity): void {
    this.#lowest.set(node, Math.min(this.#lowest.get(node) ?? Infinity, candidate));
  }

  /** If a node cannot reach an older node, it and all nodes above it on the stack are one component. */
  #leave(node: string): void {
    if (this.#lowest.get(node) !== this.#index.get(node)) return;
    const component = this.#open.splice(this.#open.lastIndexOf(node));
    for (const member of component) this.#isOpen.delete(member);
    this.components.push(component);
  }
}
