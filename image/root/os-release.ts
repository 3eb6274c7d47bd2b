/**
 * Scanners and CI systems ask this file which distribution an image is:
 * https://www.freedesktop.org/software/systemd/man/latest/os-release.html
 *
 * No line depends on the package source. Two sources, or two revisions of one source, can lead to one closure, and then
 * they must give one image. So there is no `VERSION_ID`. There is no `ID_LIKE` either: installers would look for that
 * distribution's package manager.
 */
export const OS_RELEASE = ['NAME="Cornice"', "ID=cornice", 'PRETTY_NAME="Cornice image"', ""].join("\n");
