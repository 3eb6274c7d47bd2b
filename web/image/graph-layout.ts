import { graphlib, layout } from "@dagrejs/dagre";
import { isJsonObject, jsonMembers } from "../../protocol/json-object.ts";
import type { ImageContents } from "../../protocol/image-contents.ts";
import { pathName } from "../page/format.ts";
import type { Dependencies } from "./dependencies.ts";

export interface Node {
  readonly label: string;
  /** The node's middle. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** In the order of the dependencies. */
  readonly nodes: readonly Node[];
  /** Lines through points, from a path to one that it needs. */
  readonly edges: readonly (readonly Point[])[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const HEIGHT = 26;
const LETTER_WIDTH = 7;
const PADDING = 18;
const MOST_LETTERS = 28;
const MARGIN = 8;

/** Places the nodes of a graph in ranks, from left to right. */
export function layoutGraph(contents: ImageContents, { nodes, edges }: Dependencies): Layout {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 8, ranksep: 36, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const labels = nodes.map((path) => shorten(pathName(contents.paths[path]?.path ?? "")));
  for (const [place, path] of nodes.entries()) {
    graph.setNode(String(path), {
      width: (labels[place] ?? "").length * LETTER_WIDTH + PADDING,
      height: HEIGHT,
    });
  }
  for (const [from, to] of edges) graph.setEdge(String(from), String(to));
  layout(graph);
  const drawing: unknown = graph.graph();
  return {
    width: numberIn(drawing, "width"),
    height: numberIn(drawing, "height"),
    nodes: nodes.map((path, place) => ({ label: labels[place] ?? "", ...placeOf(graph.node(String(path))) })),
    edges: edges.map(([from, to]) => pointsOf(graph.edge(String(from), String(to)))),
  };
}

/** dagre adds values to nodes and edges, but has no types for them. */
function placeOf(node: unknown): Omit<Node, "label"> {
  return { ...pointOf(node), width: numberIn(node, "width"), height: numberIn(node, "height") };
}

function pointsOf(edge: unknown): Point[] {
  return jsonMembers(isJsonObject(edge) ? edge["points"] : []).map(pointOf);
}

function pointOf(value: unknown): Point {
  return { x: numberIn(value, "x"), y: numberIn(value, "y") };
}

function numberIn(value: unknown, name: string): number {
  const number = isJsonObject(value) ? value[name] : undefined;
  return typeof number === "number" ? number : 0;
}

function shorten(label: string): string {
  return label.length > MOST_LETTERS ? `${label.slice(0, MOST_LETTERS - 1)}…` : label;
}
