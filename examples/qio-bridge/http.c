/*
 * qio-bridge: the text of HTTP requests and replies. RFC 9110, RFC 9112.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "http.h"

#define HEAD_END "\r\n\r\n"

/* Requests */

/* A byte that has no business in a head; `next` is 0 if there is none yet. */
static bool is_out_of_place(char byte, char next)
{
    if (byte == '\r') {
        return next != '\n' && next != 0;
    }
    return (guchar)byte < ' ' && byte != '\t' && byte != '\n';
}

HttpScan http_scan(const char *received, size_t length, size_t *size)
{
    for (size_t i = 0; i < length; i++) {
        char next = i + 1 < length ? received[i + 1] : 0;

        if (is_out_of_place(received[i], next)) {
            return HTTP_MALFORMED;
        }
        if (received[i] == '\n' && (i == 0 || received[i - 1] != '\r')) {
            return HTTP_MALFORMED;
        }
        if (i >= 3 && memcmp(received + i - 3, HEAD_END, 4) == 0) {
            *size = i + 1;
            return HTTP_COMPLETE;
        }
    }
    return HTTP_INCOMPLETE;
}

/* Whether one of the elements of a comma list is `token`, whatever its case. */
static bool lists(const char *value, const char *token)
{
    g_auto(GStrv) elements = g_strsplit(value, ",", -1);

    for (char **element = elements; *element; element++) {
        if (g_ascii_strcasecmp(g_strstrip(*element), token) == 0) {
            return true;
        }
    }
    return false;
}

static bool parse_request_line(HttpRequest *request, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);

    if (g_strv_length(words) != 3 || !*words[0] || !*words[1] ||
        !g_str_has_prefix(words[2], "HTTP/1.")) {
        return false;
    }
    request->method = g_strdup(words[0]);
    request->target = g_strdup(words[1]);
    return true;
}

static bool parse_header(HttpRequest *request, const char *line)
{
    const char *colon = strchr(line, ':');
    g_autofree char *name = colon ? g_strndup(line, colon - line) : NULL;
    g_autofree char *value = colon ? g_strstrip(g_strdup(colon + 1)) : NULL;

    /* No name, one with blanks in it, or a continued line. */
    if (!name || !*name || strpbrk(name, " \t")) {
        return false;
    }
    if (g_ascii_strcasecmp(name, "Upgrade") == 0) {
        request->is_websocket |= lists(value, "websocket");
    } else if (g_ascii_strcasecmp(name, "If-Modified-Since") == 0) {
        g_free(request->since);
        request->since = g_steal_pointer(&value);
    }
    return true;
}

bool http_request_parse(HttpRequest *request, const char *head, size_t size)
{
    g_autofree char *text = g_strndup(head, size - strlen(HEAD_END));
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);

    *request = (HttpRequest){ 0 };
    if (!lines[0] || !parse_request_line(request, lines[0])) {
        return false;
    }
    for (char **line = lines + 1; *line; line++) {
        if (!parse_header(request, *line)) {
            return false;
        }
    }
    request->rest = g_strndup(head + strlen(request->method) + 1 +
                              strlen(request->target),
                              size - strlen(request->method) - 1 -
                              strlen(request->target));
    return true;
}

void http_request_clear(HttpRequest *request)
{
    g_free(request->method);
    g_free(request->target);
    g_free(request->rest);
    g_free(request->since);
    *request = (HttpRequest){ 0 };
}

/* Where the path of a target starts: `/…`, or `http://host/…` as for a proxy. */
static const char *find_path(const char *target)
{
    const char *authority = strstr(target, "://");

    if (*target == '/') {
        return target;
    }
    return authority ? strchr(authority + strlen("://"), '/') : NULL;
}

char *http_path(const char *target)
{
    const char *path = find_path(target);

    if (!path) {
        return NULL;
    }
    path += strspn(path, "/");
    /* NULL also if a byte of it would be the end of a C string. */
    return g_uri_unescape_segment(path, path + strcspn(path, "?#"), NULL);
}

/* Replies */

const char *http_reason(HttpStatus status)
{
    switch (status) {
    case HTTP_OK:
        return "OK";
    case HTTP_MOVED:
        return "Moved Permanently";
    case HTTP_NOT_MODIFIED:
        return "Not Modified";
    case HTTP_BAD_REQUEST:
        return "Bad Request";
    case HTTP_FORBIDDEN:
        return "Forbidden";
    case HTTP_NOT_FOUND:
        return "Not Found";
    case HTTP_NOT_ALLOWED:
        return "Method Not Allowed";
    case HTTP_TIMEOUT:
        return "Request Timeout";
    case HTTP_HEAD_TOO_LARGE:
        return "Request Header Fields Too Large";
    case HTTP_FAILED:
        return "Internal Server Error";
    }
    g_assert_not_reached();
}

char *http_date(gint64 seconds)
{
    static const char days[][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char months[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    };
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);

    if (!time) {
        /* Behind the year 9999. */
        return g_strdup("Thu, 01 Jan 1970 00:00:00 GMT");
    }
    return g_strdup_printf("%s, %02d %s %04d %02d:%02d:%02d GMT",
                           days[g_date_time_get_day_of_week(time) - 1],
                           g_date_time_get_day_of_month(time),
                           months[g_date_time_get_month(time) - 1],
                           g_date_time_get_year(time), g_date_time_get_hour(time),
                           g_date_time_get_minute(time),
                           g_date_time_get_second(time));
}

void http_reply_begin(GString *reply, HttpStatus status)
{
    g_autofree char *now = http_date(g_get_real_time() / G_USEC_PER_SEC);

    g_string_append_printf(reply,
                           "HTTP/1.1 %d %s\r\n"
                           "Server: qio-bridge\r\n"
                           "Date: %s\r\n"
                           "Connection: close\r\n",
                           status, http_reason(status), now);
}
