/*
 * qio-bridge: lines for the administrator, on standard error.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "log.h"

static bool is_quiet;

void log_be_quiet(void)
{
    is_quiet = true;
}

/* Also what turns the direction of writing, or starts a line or a paragraph. */
static bool is_harmless(gunichar character)
{
    GUnicodeType type = g_unichar_type(character);

    return g_unichar_isprint(character) && type != G_UNICODE_LINE_SEPARATOR &&
           type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* Appends text in which nothing can move the cursor or start a line. */
static void append_harmless(GString *line, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);

        if (is_harmless(character)) {
            g_string_append_unichar(line, character);
        } else {
            g_string_append_printf(line, "\\x%02x", character);
        }
    }
}

static void G_GNUC_PRINTF(1, 0) write_line(const char *format, va_list values)
{
    g_autofree char *text = g_strdup_vprintf(format, values);
    g_autoptr(GString) line = g_string_new("qio-bridge: ");

    append_harmless(line, text);
    g_string_append_c(line, '\n');
    /* In one piece: others may write there as well. */
    fputs(line->str, stderr);
}

void log_info(const char *format, ...)
{
    va_list values;

    if (is_quiet) {
        return;
    }
    va_start(values, format);
    write_line(format, values);
    va_end(values);
}

void log_problem(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    write_line(format, values);
    va_end(values);
}
