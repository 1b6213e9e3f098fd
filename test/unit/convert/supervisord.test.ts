import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ConvertContext } from '../../../src/convert/conversion.ts';
import { convertSupervisord } from '../../../src/convert/supervisord.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

const aContext = (changes: Partial<ConvertContext> = {}): ConvertContext => ({
  here: '/etc/supervisor',
  hostname: 'box',
  env: { HOME: '/root' },
  readFiles: () => [],
  ...changes,
});

const convert = (text: string, changes: Partial<ConvertContext> = {}) =>
  convertSupervisord(text, 'supervisord.conf', 'app', aContext(changes));

const processesOf = (yaml: string): Record<string, unknown>[] => parse(yaml).spec.containers[0].processes;

/** of the only program, without what every test would repeat */
function convertOne(lines: string, changes: Partial<ConvertContext> = {}): Record<string, unknown> {
  const { yaml } = convert(`[program:web]\ncommand=/bin/web\nstopasgroup=true\n${lines}`, changes);
  const { name: _name, ...process } = processesOf(yaml)[0] ?? {};
  return process;
}

const plain = { command: ['/bin/web'] };

describe('a program', () => {
  const table: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ['has supervisord’s defaults, which are ours', '', plain],
    ['keeps its directory', 'directory=/srv', { ...plain, workingDir: '/srv' }],
    ['keeps a user by name', 'user=www-data', { ...plain, user: 'www-data' }],
    ['keeps a user by number', 'user=1000', { ...plain, user: 1000 }],
    ['has its umask as a string', 'umask=27', { ...plain, umask: '0027' }],
    ['is not started by itself', 'autostart=no', { ...plain, autostart: false }],
    ['is started as expected', 'autostart=true', plain],
    ['is always restarted', 'autorestart=true', { ...plain, restart: { policy: 'always' } }],
    ['is never restarted', 'autorestart=false', { ...plain, restart: { policy: 'never' } }],
    ['is restarted when unexpected', 'autorestart=unexpected', plain],
    ['has exit codes', 'exitcodes=0, 2', { ...plain, restart: { exitCodes: [0, 2] } }],
    ['has start numbers', 'startsecs=0\nstartretries=9', { ...plain, restart: { startSeconds: 0, startRetries: 9 } }],
    ['has a stop signal', 'stopsignal=SIGQUIT', { ...plain, stop: { signal: 'QUIT' } }],
    ['has a stop signal by number', 'stopsignal=2', { ...plain, stop: { signal: 'INT' } }],
    ['has a grace', 'stopwaitsecs=3', { ...plain, stop: { graceSeconds: 3 } }],
    [
      'has log sizes',
      'stdout_logfile_maxbytes=1MB\nstdout_logfile_backups=3',
      { ...plain, logs: { maxSize: '1Mi', maxFiles: 4 } },
    ],
    ['has variables', 'environment=A="x,y",B=2', { ...plain, env: { A: 'x,y', B: '2' } }],
    [
      'expands names',
      'environment=A="%(program_name)s %(ENV_HOME)s 100%%"',
      { ...plain, env: { A: 'web /root 100%' } },
    ],
    ['has an inline comment cut off', 'directory=/srv ; here', { ...plain, workingDir: '/srv' }],
    ['keeps a semicolon inside a word', 'directory=/srv;x', { ...plain, workingDir: '/srv;x' }],
    ['has keys in any case', 'DIRECTORY: /srv', { ...plain, workingDir: '/srv' }],
  ];
  test.each(table)('%s', (_name, lines, expected) => {
    expect(convertOne(lines)).toEqual(expected);
  });

  const commands: readonly (readonly [string, string, readonly string[]])[] = [
    ['is split at blanks', 'a b  c', ['a', 'b', 'c']],
    ['keeps quoted words', `a "b c" 'd "e"' f\\ g`, ['a', 'b c', 'd "e"', 'f g']],
    ['keeps backslashes in double quotes', String.raw`a "b\n\"c\\"`, ['a', String.raw`b\n"c\ `.trim()]],
    ['goes on in indented lines', 'a\n  b', ['a', 'b']],
    ['is not expanded by us', `sh -c 'echo $(date) $$ $X'`, ['sh', '-c', 'echo $$(date) $$$$ $X']],
    ['keeps the variables of its shell', `sh -c 'echo \${X:-y}'`, ['sh', '-c', 'echo $${X:-y}']],
  ];
  test.each(commands)('its command %s', (_name, command, expected) => {
    const { yaml } = convert(`[program:web]\ncommand=${command}\n`);
    expect(processesOf(yaml)[0]?.command).toEqual(expected);
  });

  test('signals go to its main process alone unless stopasgroup', () => {
    const { yaml } = convert('[program:web]\ncommand=a');
    expect(processesOf(yaml)[0]?.stop).toEqual({ wholeTree: false });
  });

  test('its name becomes a label, with a warning', () => {
    const { yaml, diagnostics } = convert('[program:Web_App]\ncommand=a');
    expect(processesOf(yaml)[0]?.name).toBe('web-app');
    expect(diagnostics.map(({ severity, position }) => [severity, position.line])).toEqual([['warning', 1]]);
  });

  test('two names that become one label stay apart', () => {
    const { yaml } = convert('[program:a_b]\ncommand=a\n[program:a.b]\ncommand=a');
    expect(processesOf(yaml).map(({ name }) => name)).toEqual(['a-b', 'a-b-2']);
  });
});

describe('numprocs', () => {
  const process = (command: string, more = '') =>
    processesOf(
      convert(`[program:w]\ncommand=${command}\nnumprocs=2\nprocess_name=%(program_name)s_%(process_num)02d\n${more}`)
        .yaml,
    );

  test('becomes instances where $(INSTANCE) can say the number', () => {
    expect(
      process('run %(process_num)d').map(({ name, command, instances }) => ({ name, command, instances })),
    ).toEqual([{ name: 'w', command: ['run', '$(INSTANCE)'], instances: 2 }]);
  });

  test('becomes several programs where the number is padded', () => {
    expect(process('run %(process_num)02d').map(({ name, command }) => [name, command])).toEqual([
      ['w-00', ['run', '00']],
      ['w-01', ['run', '01']],
    ]);
  });

  test('becomes several programs where it does not begin at 0', () => {
    expect(process('run %(process_num)d', 'numprocs_start=7').map(({ command }) => command)).toEqual([
      ['run', '7'],
      ['run', '8'],
    ]);
  });
});

describe('the rest of the file', () => {
  test('[supervisord] gives every program its variables and umask', () => {
    const { yaml } = convert('[supervisord]\nenvironment=A=1,B=2\numask=077\n[program:w]\ncommand=a\nenvironment=B=3');
    expect(processesOf(yaml)[0]).toMatchObject({ env: { A: '1', B: '3' }, umask: '0077' });
  });

  test('[include] reads other files, which are named in warnings', () => {
    const readFiles = (pattern: string) => [{ file: pattern, text: '[program:inc]\ncommand=x\npriority=1\n' }];
    const { yaml, diagnostics } = convert('[include]\nfiles=%(here)s/a.conf', { readFiles });
    expect(processesOf(yaml)[0]?.name).toBe('inc');
    expect(diagnostics.map(({ file, position }) => [file, position.line])).toEqual([['/etc/supervisor/a.conf', 3]]);
  });

  const noEquivalent: readonly (readonly [string, string, number])[] = [
    ['[group:all]\nprograms=w', 'groups have no equivalent', 3],
    ['[eventlistener:l]\ncommand=x', 'event listeners have no equivalent', 3],
    ['[fcgi-program:f]\ncommand=x\nsocket=tcp://:9', 'FastCGI', 3],
    ['[unix_http_server]\nfile=/x', 'its own socket', 3],
    ['[rpcinterface:supervisor]\na=b', 'podctl ps', 3],
    ['priority=5', 'dependsOn', 3],
    ['stdout_logfile=/var/log/x', 'podctl logs', 3],
    ['stdout_capture_maxbytes=1MB', 'podctl events', 3],
    ['unheard=of', 'no option of supervisord', 3],
  ];
  test.each(noEquivalent)('%j is a comment in the YAML and a warning with its line', (lines, words, line) => {
    const { yaml, diagnostics } = convert(`[program:w]\ncommand=a\n${lines}`);
    const found = diagnostics.find(({ message }) => message.includes(words));
    expect(found).toMatchObject({ severity: 'warning', position: { line } });
    expect(yaml).toMatch(new RegExp(`# supervisord.conf:${line}: .*${words}`));
  });

  const refused: readonly (readonly [string, string, number])[] = [
    ['[program:w]', 'has no command', 1],
    ['[program:w]\ncommand=a\nstartsecs=soon', 'not a whole number', 3],
    ['[program:w]\ncommand=a "b', 'No closing quotation', 2],
    ['[program:w]\ncommand=a %(nothing)s', '%(nothing)s is not known', 2],
    ['[program:w]\ncommand=a 100%', 'lone %', 2],
    ['[program:w]\ncommand=a\nenvironment=A', 'Unexpected end of key/value pairs', 3],
    ['[program:w]\ncommand=a\nstopasgroup=true\nkillasgroup=false', 'killasgroup', 4],
    ['command=a\n[program:w]\ncommand=a', 'before the first [section]', 1],
    ['[supervisord]\nnodaemon=true', 'has no [program:x]', 1],
  ];
  test.each(refused)('%j is an error with its line, as supervisord says it', (text, words, line) => {
    const errors = convert(text).diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message, field }) => `${field} ${message}`).join('\n')).toContain(words);
    expect(errors[0]?.position.line).toBe(line);
  });
});

describe('what comes out', () => {
  test('is a manifest that our own rules accept', () => {
    const { yaml } = convert(
      `[supervisord]\nenvironment=X=1\n[program:web]\ncommand=/bin/web --x "a b"\nuser=www-data\numask=022\ndirectory=/srv
autorestart=true\nexitcodes=0,3\nstartsecs=0\nstartretries=2\nstopsignal=HUP\nstopwaitsecs=1\nstdout_logfile_maxbytes=1MB
stdout_logfile_backups=2\nenvironment=A="1"\n[program:w]\ncommand=w %(process_num)s\nnumprocs=4\nprocess_name=%(process_num)s\nautostart=false`,
    );
    const { diagnostics, pods } = parseManifest(yaml, 'converted.yaml', { directory: '/' });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(pods).toHaveLength(1);
  });

  test('is YAML of one pod for any text in any value', () => {
    const value = fc.string({ unit: 'binary', maxLength: 30 });
    fc.assert(
      fc.property(value, value, value, (command, environment, section) => {
        const text = `[program:w]\ncommand=${command}\nenvironment=A='${environment}'\n[${section}]\nx=${command}`;
        const { yaml } = convert(text);
        expect(parse(yaml).kind).toBe('Pod');
      }),
    );
  });
});
