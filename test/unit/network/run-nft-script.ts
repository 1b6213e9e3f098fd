/** A small nft: what a script makes of a table, refused where the kernel refuses (what is not there, is there twice, is still referred to). */

export interface KernelTable {
  /** declaration and elements, key → value */
  readonly sets: Record<string, { readonly declared: string; readonly elements: Record<string, string> }>;
  readonly chains: Record<string, { readonly declared: string; readonly rules: readonly string[] }>;
}

/** undefined: no table. The table beside it (`keptAliveBy`) is left out. */
export function runScript(table: KernelTable | undefined, script: string): KernelTable | undefined {
  let now = table === undefined ? undefined : structuredClone(table);
  for (const line of script.split('\n').filter((text) => text !== '' && !text.includes(' podctl_alive')))
    now = runLine(now, line);
  if (now !== undefined) checkReferences(now);
  return now;
}

function runLine(table: KernelTable | undefined, line: string): KernelTable | undefined {
  const [, verb = '', noun = '', rest = ''] = /^(\w+) (\w+) inet podctl ?(.*)$/.exec(line) ?? refuse(line);
  if (noun === 'table') return verb === 'delete' ? undefined : (table ?? { sets: {}, chains: {} });
  if (table === undefined) return refuse(`no table: ${line}`);
  const [, name = '', body = ''] = /^(\S+) ?(.*)$/.exec(rest) ?? refuse(line);
  const apply = commands[`${verb} ${noun.replace('map', 'set')}`] ?? refuse(line);
  apply(table, name, body, line);
  return table;
}

type Command = (table: KernelTable, name: string, body: string, line: string) => void;

const commands: Record<string, Command> = {
  'add set': ({ sets }, name, declared, line) => {
    if (sets[name] !== undefined) refuse(`twice: ${line}`);
    sets[name] = { declared, elements: {} };
  },
  'delete set': ({ sets }, name, _, line) => {
    if (!(name in sets)) refuse(`absent: ${line}`);
    delete sets[name];
  },
  'add chain': ({ chains }, name, declared, line) => {
    if (chains[name] !== undefined) refuse(`twice: ${line}`);
    chains[name] = { declared, rules: [] };
  },
  'flush chain': ({ chains }, name, _, line) => {
    const chain = chains[name] ?? refuse(`absent: ${line}`);
    chains[name] = { ...chain, rules: [] };
  },
  'delete chain': (table, name, _, line) => {
    const chain = table.chains[name] ?? refuse(`absent: ${line}`);
    if (chain.rules.length > 0 || references(table).includes(name)) refuse(`busy: ${line}`);
    delete table.chains[name];
  },
  'add rule': ({ chains }, name, rule, line) => {
    const chain = chains[name] ?? refuse(`absent: ${line}`);
    chains[name] = { ...chain, rules: [...chain.rules, rule] };
  },
  'add element': ({ sets }, name, body, line) => {
    const { elements } = sets[name] ?? refuse(`absent: ${line}`);
    for (const [key, value] of parseElements(body)) {
      if (elements[key] !== undefined && elements[key] !== value) refuse(`other value: ${line}`);
      elements[key] = value;
    }
  },
  'delete element': ({ sets }, name, body, line) => {
    const { elements } = sets[name] ?? refuse(`absent: ${line}`);
    for (const [key] of parseElements(body)) {
      if (!(key in elements)) refuse(`absent ${key}: ${line}`);
      delete elements[key];
    }
  },
};

function parseElements(body: string): readonly (readonly [string, string])[] {
  return body
    .slice(2, -2)
    .split(', ')
    .map((element) => {
      const [key = '', value = ''] = element.split(' : ');
      return [key, value] as const;
    });
}

/** Names that rules and elements use. */
function references({ sets, chains }: KernelTable): readonly string[] {
  const texts = [
    ...Object.values(chains).flatMap(({ rules }) => rules),
    ...Object.values(sets).flatMap(({ elements }) => Object.values(elements)),
  ];
  return texts.flatMap((text) => [...text.matchAll(/(?:goto |jump |@)([^ ,}]+)/g)].map(([, name = '']) => name));
}

function checkReferences(table: KernelTable): void {
  for (const name of references(table)) {
    if (table.chains[name] === undefined && table.sets[name] === undefined) refuse(`nothing is called ${name}`);
  }
}

function refuse(why: string): never {
  throw new Error(`nft would refuse: ${why}`);
}
