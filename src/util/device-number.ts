/** Device numbers as stat(2) packs them. */

export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** gnu_dev_major and gnu_dev_minor of makedev(3): 12 bits and 20 of them. */
export const deviceNumbers = (dev: number): DeviceNumber => ({
  major: (dev >>> 8) & 0xfff,
  minor: (dev & 0xff) | ((dev >>> 12) & 0xfff00),
});
