/** One course of the wall: a layer. */
export interface Course {
  readonly key: string;
  /** Decides the height of the course. */
  readonly bytes: number;
  readonly kind: "built" | "known" | "planned";
}

interface Props {
  /** From the bottom. */
  readonly courses: readonly Course[];
}

const WIDTH = 200;
const HEIGHT = 180;
const LOWEST = 1.5;
/** Without this limit, a few courses would be as tall as a whole wall. */
const HIGHEST = 20;
/** How much shorter the lowest course is, on each side. */
const RECESS = 46;

/** Draws an image as the profile of a cornice. Layers are courses. Large ones are high, and each overhangs the last. */
export function Elevation({ courses }: Props) {
  const roots = courses.map(({ bytes }) => Math.sqrt(bytes));
  const sum = roots.reduce((total, root) => total + root, 0) || 1;
  const gap = courses.length > 40 ? 0.6 : 1.5;
  const room = Math.max(0, HEIGHT - courses.length * (gap + LOWEST));
  const heights = roots.map((root) => Math.min(LOWEST + (room * root) / sum, HIGHEST));
  const total = heights.reduce((all, height) => all + height + gap, 0);
  let top = total;
  return (
    <svg class="elevation" viewBox={`0 0 ${WIDTH} ${Math.ceil(total)}`} aria-hidden="true">
      {courses.map(({ key, kind }, place) => {
        const height = heights[place] ?? 0;
        top -= height + gap;
        const inset = RECESS * (1 - (place + 1) / courses.length) ** 1.6;
        return <rect key={key} class={kind} x={inset} y={top} width={WIDTH - 2 * inset} height={height} />;
      })}
    </svg>
  );
}
