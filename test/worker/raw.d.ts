/** The text of a file that Vite puts into the bundle. */
declare module "*?raw" {
  const text: string;
  export default text;
}

interface ImportMeta {
  /** The texts of all files that match the pattern, by path. Vite puts them into the bundle. */
  readonly glob: (
    pattern: string,
    options: { readonly query: "?raw"; readonly import: "default"; readonly eager: true },
  ) => Readonly<Record<string, string>>;
}
