/** What `?` shows. */
export const helpText = `Moving
  up down j k   select a row           left right h   fold, unfold
  Home End g G  first, last row        Enter          log on all the screen
  PgUp PgDn     scroll the log         f              follow the log or stop

The selected pod, container or program
  r  restart                           s    stop, or start what is stopped
  l  reload                            x !  a shell in its container
  p  pause, or resume what is paused   y    why it is as it is
  d  describe its pod                  D    delete its pod
  e  its events

The view
  /  show only what matches            n  the next namespace, or all
  m  messages                          Ctrl-L  draw the screen again
  Esc  back                            q Ctrl-C  quit

CPU is the share of one CPU over the last two seconds; its bar is full at
the limit, without a limit at one CPU. The bar of MEM is full at the limit,
without a limit at this machine's memory. Left and right move a log that has
all the screen sideways.
`;
