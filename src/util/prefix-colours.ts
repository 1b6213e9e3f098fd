/** SGR foreground colours, ECMA-48, for the prefixes of log lines: the ones that can be read on black and on white. */
export const prefixColours: readonly number[] = [36, 33, 32, 35, 34, 31, 96, 93, 92, 95, 94, 91];
