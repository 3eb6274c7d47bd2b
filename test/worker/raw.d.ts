/** The text of a file that Vite puts into the bundle. */
declare module "*?raw" {
  const text: string;
  export default text;
}
