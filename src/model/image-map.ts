/** What runs in the place of images, for tests with manifests that name some (PODCTL_TEST_IMAGE_MAP). */

export interface ImageStandIn {
  /** absolute path of a directory, as `rootfs`; absent: the view of `image: host` */
  readonly rootfs?: string;
  /** the image's entrypoint */
  readonly command?: readonly string[];
  /** what the entrypoint is given when the manifest says neither `command` nor `args` */
  readonly args?: readonly string[];
}

/** By reference as it is written; one without tag and digest stands for all of them. */
export type ImageMap = Readonly<Record<string, ImageStandIn>>;
