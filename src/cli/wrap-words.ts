/** Lines of at most `room` characters, broken at spaces; a longer word is cut. */
export function wrapWords(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => cut(part, room))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (lengthOf(longer) <= room) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function cut(word: string, room: number): readonly string[] {
  const characters = [...word];
  const count = Math.max(1, Math.ceil(characters.length / room));
  return Array.from({ length: count }, (_, at) => characters.slice(at * room, (at + 1) * room).join(''));
}

/** Characters, not UTF-16 units. */
export const lengthOf = (text: string): number => [...text].length;
