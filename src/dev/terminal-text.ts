/** Text of strangers for a terminal whose last line is ours. Pure. */

/** ECMA-48: CSI, OSC and other strings, escapes of two characters; SGR is `CSI … m`. */
const sequencePattern =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[PX^_\]][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const controlPattern = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;

/** Keeps colours, ended at the end of the line, and tabs; what would move the cursor or change the terminal is left out. */
export function cleanLine(text: string): string {
  if (!/[^\t\u0020-\u007e\u00a0-\uffff]/.test(text)) return text;
  let isColoured = false;
  const cleaned = text.replace(sequencePattern, (sequence) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    if (!/^\u001b\[[\d;:]*m$/.test(sequence)) return '';
    isColoured = true;
    return sequence;
  });
  const line = cleaned.replace(controlPattern, '');
  return isColoured ? `${line}\u001b[0m` : line;
}

/** The first `columns` characters of a text without escapes, with an ellipsis where something is missing. */
export function cutToWidth(text: string, columns: number, ellipsis: string): string {
  const characters = [...text];
  if (characters.length <= columns) return text;
  const room = Math.max(0, columns - ellipsis.length);
  return characters.slice(0, room).join('') + ellipsis.slice(0, columns);
}
