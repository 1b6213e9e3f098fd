/* The payload's modes that talk over the network: addresses are numbers, nothing is looked up. */
int cmd_echo(char **a);
int cmd_ping_pong(char **a);
int cmd_reach(char **a);
int cmd_hold(char **a);
int cmd_ask(char **a);
