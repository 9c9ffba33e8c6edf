/*
 * A Tox client for tests: libtoxcore with one friend, driven line by line.
 *
 *   tox_client [OPTION]...
 *     --no-udp                     TCP relays only
 *     --ipv6                       IPv6 as well as IPv4
 *     --port PORT                  UDP port; without it the first free one from 33445
 *     --bootstrap HOST PORT KEY    a node to join through; may be repeated
 *     --relay HOST PORT KEY        a TCP relay; may be repeated
 *
 * Commands, one a line on standard input; its end ends the program:
 *   add ID TEXT      ask the owner of a Tox ID to be friends
 *   accept KEY       be friends with whoever asked
 *   say TEXT         a message to the friend
 *   quit
 *
 * Events, one a line on standard output:
 *   id ID                  one's own Tox ID
 *   self none|tcp|udp      connection to the network
 *   asked                  the friend request is on its way
 *   request KEY TEXT       somebody wants to be friends
 *   accepted               a friend was added without a question
 *   friend none|tcp|udp    connection to the friend
 *   sent NUMBER            a message is on its way
 *   delivered NUMBER       the friend has it
 *   received TEXT          a message of the friend
 *
 * Bad options or commands: a sentence on standard error, status 2; trouble with Tox: the same, status 1.
 * Nothing is kept: each start is somebody new.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tox/tox.h>

enum { MAX_LINE = 2048, MAX_NODES = 32, MAX_WAIT_MS = 50, BAD_INPUT = 2, TOX_FAILED = 1 };

static void fail(int status, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

static void fail(int status, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("tox_client: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(status);
}

/* --- Text and bytes --- */

/* Reads exactly `size` bytes; `what` names them in the complaint. */
static void parse_hex(const char *what, const char *text, uint8_t *bytes, size_t size)
{
    if (strlen(text) != 2 * size) {
        fail(BAD_INPUT, "%s has %zu hexadecimal digits, not %zu: %s", what, 2 * size, strlen(text), text);
    }
    if (strspn(text, "0123456789abcdefABCDEF") != 2 * size) {
        fail(BAD_INPUT, "%s is not hexadecimal: %s", what, text);
    }
    for (size_t i = 0; i < size; ++i) {
        const char digits[] = {text[2 * i], text[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static uint16_t parse_port(const char *text)
{
    char *end = NULL;
    errno = 0;
    const long port = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || port < 1 || port > UINT16_MAX) {
        fail(BAD_INPUT, "a port is a number from 1 to 65535, not %s", text);
    }
    return (uint16_t)port;
}

static void print_hex(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        printf("%02X", bytes[i]);
    }
}

/* What others wrote stays on its line. */
static void print_text(const uint8_t *text, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        putchar(text[i] < ' ' || text[i] == 127 ? '?' : text[i]);
    }
    putchar('\n');
}

static const char *connection_name(Tox_Connection connection)
{
    static const char *const names[] = {
        [TOX_CONNECTION_NONE] = "none",
        [TOX_CONNECTION_TCP] = "tcp",
        [TOX_CONNECTION_UDP] = "udp",
    };
    return names[connection];
}

/* --- Events --- */

static void on_self_connection(Tox *tox, Tox_Connection connection, void *data)
{
    (void)tox, (void)data;
    printf("self %s\n", connection_name(connection));
}

static void on_friend_request(Tox *tox, const uint8_t *key, const uint8_t *text, size_t length, void *data)
{
    (void)tox, (void)data;
    fputs("request ", stdout);
    print_hex(key, TOX_PUBLIC_KEY_SIZE);
    putchar(' ');
    print_text(text, length);
}

static void on_friend_connection(Tox *tox, uint32_t friend, Tox_Connection connection, void *data)
{
    (void)tox, (void)friend, (void)data;
    printf("friend %s\n", connection_name(connection));
}

static void on_message(Tox *tox, uint32_t friend, Tox_Message_Type type, const uint8_t *text, size_t length, void *data)
{
    (void)tox, (void)friend, (void)type, (void)data;
    fputs("received ", stdout);
    print_text(text, length);
}

static void on_read_receipt(Tox *tox, uint32_t friend, uint32_t number, void *data)
{
    (void)tox, (void)friend, (void)data;
    printf("delivered %u\n", number);
}

/* --- Commands --- */

/* Cuts the first word off; what is left may be empty. */
static char *cut_word(char **rest)
{
    char *word = *rest;
    char *end = word + strcspn(word, " ");
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static void add_friend(Tox *tox, char *arguments)
{
    const char *id = cut_word(&arguments);
    uint8_t address[TOX_ADDRESS_SIZE];
    parse_hex("a Tox ID", id, address, sizeof address);
    Tox_Err_Friend_Add error;
    tox_friend_add(tox, address, (const uint8_t *)arguments, strlen(arguments), &error);
    switch (error) {
        case TOX_ERR_FRIEND_ADD_OK:
            puts("asked");
            return;
        case TOX_ERR_FRIEND_ADD_NO_MESSAGE:
        case TOX_ERR_FRIEND_ADD_TOO_LONG:
            fail(BAD_INPUT, "a friend request's text has 1 to %d bytes", TOX_MAX_FRIEND_REQUEST_LENGTH);
        case TOX_ERR_FRIEND_ADD_BAD_CHECKSUM:
            fail(BAD_INPUT, "the checksum of this Tox ID is wrong: %s", id);
        case TOX_ERR_FRIEND_ADD_OWN_KEY:
            fail(BAD_INPUT, "this Tox ID is our own: %s", id);
        default:
            fail(TOX_FAILED, "the friend was not added (Tox_Err_Friend_Add %d)", (int)error);
    }
}

static void accept_friend(Tox *tox, char *arguments)
{
    uint8_t key[TOX_PUBLIC_KEY_SIZE];
    parse_hex("a public key", arguments, key, sizeof key);
    Tox_Err_Friend_Add error;
    tox_friend_add_norequest(tox, key, &error);
    if (error != TOX_ERR_FRIEND_ADD_OK) {
        fail(TOX_FAILED, "the friend was not added (Tox_Err_Friend_Add %d)", (int)error);
    }
    puts("accepted");
}

static void say(Tox *tox, const char *text)
{
    Tox_Err_Friend_Send_Message error;
    const uint32_t number = tox_friend_send_message(tox, 0, TOX_MESSAGE_TYPE_NORMAL, (const uint8_t *)text,
                                                    strlen(text), &error);
    switch (error) {
        case TOX_ERR_FRIEND_SEND_MESSAGE_OK:
            printf("sent %u\n", number);
            return;
        case TOX_ERR_FRIEND_SEND_MESSAGE_FRIEND_NOT_FOUND:
            fail(BAD_INPUT, "there is no friend yet to say anything to");
        case TOX_ERR_FRIEND_SEND_MESSAGE_FRIEND_NOT_CONNECTED:
            fail(BAD_INPUT, "the friend is not connected");
        case TOX_ERR_FRIEND_SEND_MESSAGE_EMPTY:
        case TOX_ERR_FRIEND_SEND_MESSAGE_TOO_LONG:
            fail(BAD_INPUT, "a message has 1 to %d bytes", TOX_MAX_MESSAGE_LENGTH);
        default:
            fail(TOX_FAILED, "the message was not sent (Tox_Err_Friend_Send_Message %d)", (int)error);
    }
}

/* Says whether to go on. */
static bool obey(Tox *tox, char *line)
{
    char *arguments = line;
    const char *command = cut_word(&arguments);
    if (strcmp(command, "add") == 0) {
        add_friend(tox, arguments);
    } else if (strcmp(command, "accept") == 0) {
        accept_friend(tox, arguments);
    } else if (strcmp(command, "say") == 0) {
        say(tox, arguments);
    } else if (strcmp(command, "quit") == 0) {
        return false;
    } else {
        fail(BAD_INPUT, "not a command: %s", command);
    }
    return true;
}

/* Waits for input no longer than `timeout_ms` and obeys every line that is whole; says whether to go on. */
static bool obey_input(Tox *tox, int timeout_ms)
{
    static char buffer[MAX_LINE];
    static size_t filled = 0;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&input, 1, timeout_ms) <= 0) {
        return true; /* Nothing there, or a signal: there is another turn. */
    }
    const ssize_t count = read(STDIN_FILENO, buffer + filled, sizeof buffer - filled);
    if (count <= 0) {
        return false;
    }
    filled += (size_t)count;
    char *start = buffer;
    char *end;
    while ((end = memchr(start, '\n', filled - (size_t)(start - buffer))) != NULL) {
        *end = '\0';
        if (!obey(tox, start)) {
            return false;
        }
        start = end + 1;
    }
    filled -= (size_t)(start - buffer);
    memmove(buffer, start, filled);
    if (filled == sizeof buffer) {
        fail(BAD_INPUT, "a line has at most %d bytes", MAX_LINE - 1);
    }
    return true;
}

/* --- Start --- */

/* `words`: the option, host, port and key. */
static void join(Tox *tox, char **words)
{
    const char *host = words[1];
    const uint16_t port = parse_port(words[2]);
    uint8_t key[TOX_PUBLIC_KEY_SIZE];
    parse_hex("a node's key", words[3], key, sizeof key);
    Tox_Err_Bootstrap error;
    const bool is_relay = strcmp(words[0], "--relay") == 0;
    if (!(is_relay ? tox_add_tcp_relay : tox_bootstrap)(tox, host, port, key, &error)) {
        fail(BAD_INPUT, "%s port %u cannot be used (Tox_Err_Bootstrap %d)", host, port, (int)error);
    }
}

static Tox *start(int count, char **words)
{
    struct Tox_Options *options = tox_options_new(NULL);
    if (options == NULL) {
        fail(TOX_FAILED, "no memory");
    }
    tox_options_set_ipv6_enabled(options, false);
    tox_options_set_local_discovery_enabled(options, false);
    /* What can be done only once Tox is there. */
    char **node_words[MAX_NODES];
    int nodes = 0;
    for (int i = 1; i < count; ++i) {
        const char *word = words[i];
        const int left = count - 1 - i;
        const bool is_node = strcmp(word, "--bootstrap") == 0 || strcmp(word, "--relay") == 0;
        if (strcmp(word, "--no-udp") == 0) {
            tox_options_set_udp_enabled(options, false);
        } else if (strcmp(word, "--ipv6") == 0) {
            tox_options_set_ipv6_enabled(options, true);
        } else if (strcmp(word, "--port") == 0 && left >= 1) {
            const uint16_t port = parse_port(words[++i]);
            tox_options_set_start_port(options, port);
            tox_options_set_end_port(options, port);
        } else if (is_node && left >= 3 && nodes < MAX_NODES) {
            node_words[nodes++] = words + i;
            i += 3;
        } else {
            fail(BAD_INPUT, "not an option, too little after it, or too many nodes: %s", word);
        }
    }
    Tox_Err_New error;
    Tox *tox = tox_new(options, &error);
    if (tox == NULL) {
        const char *why = error == TOX_ERR_NEW_PORT_ALLOC ? ": no such UDP port is free" : "";
        fail(TOX_FAILED, "Tox does not start%s (Tox_Err_New %d)", why, (int)error);
    }
    tox_options_free(options);
    for (int i = 0; i < nodes; ++i) {
        join(tox, node_words[i]);
    }
    return tox;
}

int main(int count, char **words)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    Tox *tox = start(count, words);
    tox_callback_self_connection_status(tox, on_self_connection);
    tox_callback_friend_request(tox, on_friend_request);
    tox_callback_friend_connection_status(tox, on_friend_connection);
    tox_callback_friend_message(tox, on_message);
    tox_callback_friend_read_receipt(tox, on_read_receipt);

    uint8_t address[TOX_ADDRESS_SIZE];
    tox_self_get_address(tox, address);
    fputs("id ", stdout);
    print_hex(address, sizeof address);
    putchar('\n');

    int wait_ms;
    do {
        tox_iterate(tox, NULL);
        const uint32_t interval = tox_iteration_interval(tox);
        wait_ms = interval < MAX_WAIT_MS ? (int)interval : MAX_WAIT_MS;
    } while (obey_input(tox, wait_ms));
    tox_kill(tox);
    return 0;
}
