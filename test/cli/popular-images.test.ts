import { expect, test } from "vitest";
import { popularImages } from "../../cli/popular-images.ts";
import { popularity } from "../image/layers/grouping.ts";

const ROOTS = popularity({}, { htop: 0.1, git: 0.5, curl: 0.1, none: 0, "Python3.Numpy": 0.4, _7zz: 0.3, "a+b": 0.9 });

test("the most popular packages, each as an image of its own, by the name of a pull", () => {
  const images = popularImages(ROOTS, 4, "v1");
  expect(images.map(({ name }) => name.text)).toEqual(["git", "python3.numpy", "7zz", "curl"]);
  expect(images[0]).toEqual({ name: { text: "git", packages: ["git"], architecture: undefined }, tag: "v1" });
});

test("all packages with a share, if there are no more", () => {
  expect(popularImages(ROOTS, 100, "latest")).toHaveLength(5);
});

test("without shares of packages, the error says what to add", () => {
  expect(() => popularImages(popularity({ glibc: 0.9 }), 4, "latest")).toThrow(
    'the file of CORNICE_POPULARITY_URL has no "roots"; add {"roots": {"git": 0.2, ...}} to it',
  );
});
