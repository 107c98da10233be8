/*
 * Arrays of iovec, buffers, strings, and names of values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/util.h"
#include "qapi/qapi-types-qom.h"
#include "qemu/buffer.h"
#include "qemu/cutils.h"
#include "qemu/iov.h"
#include "expect-abort.h"
#include "testing.h"

/* iovec */

/* "abc", "", "defgh" */
static char abc[] = "abc";
static char defgh[] = "defgh";

static void make_iov(struct iovec iov[3])
{
    memcpy(abc, "abc", 3);
    memcpy(defgh, "defgh", 5);
    iov[0] = (struct iovec) { abc, 3 };
    iov[1] = (struct iovec) { NULL, 0 };
    iov[2] = (struct iovec) { defgh, 5 };
}

static void test_iov_size(void)
{
    struct iovec iov[3];

    make_iov(iov);
    g_assert_cmpuint(iov_size(iov, 3), ==, 8);
    g_assert_cmpuint(iov_size(iov, 1), ==, 3);
    g_assert_cmpuint(iov_size(NULL, 0), ==, 0);
}

static void test_iov_to_and_from_buf_at_every_offset(void)
{
    for (size_t offset = 0; offset <= 8; offset++) {
        for (size_t bytes = 0; bytes <= 9; bytes++) {
            struct iovec iov[3];
            char buf[16] = "................";
            char expected[16] = "................";
            char all[9] = "abcdefgh";
            size_t count = MIN(bytes, 8 - offset);

            make_iov(iov);
            memcpy(expected, all + offset, count);
            g_assert_cmpuint(iov_to_buf(iov, 3, offset, buf, bytes), ==, count);
            g_assert_cmpmem(buf, 16, expected, 16);

            memset(buf, 'X', sizeof(buf));
            memset(all + offset, 'X', count);
            g_assert_cmpuint(iov_from_buf(iov, 3, offset, buf, bytes), ==,
                             count);
            g_assert_cmpmem(abc, 3, all, 3);
            g_assert_cmpmem(defgh, 5, all + 3, 5);

            make_iov(iov);
            g_assert_cmpuint(iov_memset(iov, 3, offset, 0x100 | 'X', bytes), ==,
                             count);
            g_assert_cmpmem(abc, 3, all, 3);
            g_assert_cmpmem(defgh, 5, all + 3, 5);
        }
    }
}

static void test_iov_constant_size_takes_the_short_way(void)
{
    struct iovec iov[3];
    char two[2];

    make_iov(iov);
    g_assert_cmpuint(iov_to_buf(iov, 3, 1, two, 2), ==, 2);
    g_assert_cmpmem(two, 2, "bc", 2);
    g_assert_cmpuint(iov_to_buf(iov, 3, 2, two, 2), ==, 2);
    g_assert_cmpmem(two, 2, "cd", 2);
    g_assert_cmpuint(iov_from_buf(iov, 3, 0, "ZY", 2), ==, 2);
    g_assert_cmpmem(abc, 3, "ZYc", 3);
}

static void test_iov_offset_behind_the_end_aborts(void)
{
    struct iovec iov[3];
    char buf[4];

    make_iov(iov);
    EXPECT_ABORT(iov_to_buf(iov, 3, 9, buf, 1), "*iov_to_buf: *");
}

static void test_iov_copy_describes_a_part(void)
{
    struct iovec iov[3];
    struct iovec part[3];

    make_iov(iov);
    g_assert_cmpuint(iov_copy(part, 3, iov, 3, 0, 8), ==, 2);
    g_assert_true(part[0].iov_base == abc && part[0].iov_len == 3);
    g_assert_true(part[1].iov_base == defgh && part[1].iov_len == 5);

    g_assert_cmpuint(iov_copy(part, 3, iov, 3, 2, 3), ==, 2);
    g_assert_true(part[0].iov_base == abc + 2 && part[0].iov_len == 1);
    g_assert_true(part[1].iov_base == defgh && part[1].iov_len == 2);

    g_assert_cmpuint(iov_copy(part, 1, iov, 3, 2, 3), ==, 1);
    g_assert_cmpuint(iov_copy(part, 3, iov, 3, 4, 100), ==, 1);
    g_assert_true(part[0].iov_base == defgh + 1 && part[0].iov_len == 4);
    g_assert_cmpuint(iov_copy(part, 3, iov, 3, 8, 0), ==, 0);
}

static void test_iov_discard_front(void)
{
    static const size_t counts[] = { 0, 2, 3, 4, 8, 100 };

    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        struct iovec iov[3];
        struct iovec *cur = iov;
        unsigned int cnt = 3;
        size_t expected = MIN(counts[i], (size_t)8);
        char left[9] = "abcdefgh";
        char got[9] = "";

        make_iov(iov);
        g_assert_cmpuint(iov_discard_front(&cur, &cnt, counts[i]), ==,
                         expected);
        g_assert_cmpuint(iov_size(cur, cnt), ==, 8 - expected);
        iov_to_buf(cur, cnt, 0, got, 8);
        g_assert_cmpstr(got, ==, left + expected);
        g_assert_true(cnt == 0 || cur[0].iov_len > 0);
    }
}

static void test_iov_discard_back(void)
{
    static const size_t counts[] = { 0, 2, 5, 6, 8, 100 };

    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        struct iovec iov[3];
        unsigned int cnt = 3;
        size_t expected = MIN(counts[i], (size_t)8);
        char left[9] = "abcdefgh";
        char got[9] = "";

        make_iov(iov);
        g_assert_cmpuint(iov_discard_back(iov, &cnt, counts[i]), ==, expected);
        g_assert_cmpuint(iov_size(iov, cnt), ==, 8 - expected);
        iov_to_buf(iov, cnt, 0, got, 8);
        left[8 - expected] = 0;
        g_assert_cmpstr(got, ==, left);
    }
}

/* Buffer */

static void test_buffer_appends_and_advances(void)
{
    Buffer buffer = { 0 };

    buffer_init(&buffer, "%s-%d", "name", 1);
    g_assert_cmpstr(buffer.name, ==, "name-1");
    g_assert_true(buffer_empty(&buffer));
    g_assert_null(buffer_end(&buffer));
    buffer_append(&buffer, NULL, 0);
    buffer_advance(&buffer, 0);

    buffer_reserve(&buffer, 10);
    g_assert_cmpuint(buffer.capacity, >=, 10);
    memcpy(buffer_end(&buffer), "0123", 4);
    buffer.offset += 4;
    buffer_append(&buffer, "456789", 6);
    g_assert_cmpmem(buffer.buffer, buffer.offset, "0123456789", 10);
    buffer_advance(&buffer, 3);
    g_assert_cmpmem(buffer.buffer, buffer.offset, "3456789", 7);
    g_assert_true(buffer_end(&buffer) == buffer.buffer + 7);
    buffer_advance(&buffer, 7);
    g_assert_true(buffer_empty(&buffer));
    buffer_append(&buffer, "x", 1);
    buffer_reset(&buffer);
    g_assert_true(buffer_empty(&buffer));
    buffer_free(&buffer);
    g_assert_null(buffer.buffer);
    g_assert_null(buffer.name);
    g_assert_cmpuint(buffer.capacity, ==, 0);
}

static void test_buffer_grows_in_powers_of_two(void)
{
    Buffer buffer = { 0 };
    g_autofree char *data = g_strnfill(5000, 'x');

    buffer_append(&buffer, data, 1);
    g_assert_cmpuint(buffer.capacity, ==, 4096);
    buffer_append(&buffer, data, 5000);
    g_assert_cmpuint(buffer.capacity, ==, 8192);
    g_assert_cmpuint(buffer.offset, ==, 5001);
    buffer_reserve(&buffer, 8192 - 5001);
    g_assert_cmpuint(buffer.capacity, ==, 8192);
    buffer_free(&buffer);
}

static void test_buffer_shrinks_when_long_unused(void)
{
    Buffer buffer = { 0 };

    buffer_reserve(&buffer, 4 << 20);
    buffer_shrink(&buffer);
    g_assert_cmpuint(buffer.capacity, ==, 4 << 20);
    for (int i = 0; i < 2000; i++) {
        buffer_append(&buffer, "0123456789", 10);
        buffer_advance(&buffer, 10);
    }
    g_assert_cmpuint(buffer.capacity, <, 4 << 20);
    g_assert_cmpuint(buffer.capacity, >=, 65536);
    buffer_free(&buffer);
}

static void test_buffer_moves(void)
{
    Buffer a = { 0 };
    Buffer b = { 0 };
    uint8_t *memory;

    buffer_init(&a, "a");
    buffer_init(&b, "b");
    buffer_append(&a, "aaa", 3);
    memory = a.buffer;
    buffer_move_empty(&b, &a);
    g_assert_true(b.buffer == memory);
    g_assert_null(a.buffer);
    g_assert_cmpstr(a.name, ==, "a");
    g_assert_cmpstr(b.name, ==, "b");
    g_assert_true(buffer_empty(&a));

    buffer_append(&a, "AA", 2);
    buffer_move(&b, &a);
    g_assert_cmpmem(b.buffer, b.offset, "aaaAA", 5);
    g_assert_true(buffer_empty(&a));
    buffer_move(&a, &b);
    g_assert_cmpmem(a.buffer, a.offset, "aaaAA", 5);
    g_assert_cmpuint(b.capacity, ==, 0);
    buffer_free(&a);
    buffer_free(&b);
}

static void test_buffer_advance_too_far_aborts(void)
{
    Buffer buffer = { 0 };

    EXPECT_ABORT(buffer_advance(&buffer, 1), "*buffer_advance: *");
}

static void test_buffer_move_to_non_empty_aborts(void)
{
    Buffer a = { 0 };
    Buffer b = { 0 };

    EXPECT_ABORT(buffer_append(&a, "a", 1); buffer_move_empty(&a, &b),
                 "*buffer_move_empty: *");
}

static void test_buffer_reserve_too_much_aborts(void)
{
    Buffer buffer = { 0 };

    EXPECT_ABORT(buffer_reserve(&buffer, SIZE_MAX), "*buffer_reserve: *");
}

/* Strings and names */

static void test_pstrcpy(void)
{
    char buf[5] = "xxxx";

    pstrcpy(buf, 0, "abc");
    pstrcpy(buf, -1, "abc");
    g_assert_cmpstr(buf, ==, "xxxx");
    pstrcpy(buf, sizeof(buf), "ab");
    g_assert_cmpstr(buf, ==, "ab");
    g_assert_true(pstrcat(buf, sizeof(buf), "cdef") == buf);
    g_assert_cmpstr(buf, ==, "abcd");
    pstrcat(buf, sizeof(buf), "more");
    g_assert_cmpstr(buf, ==, "abcd");
    pstrcpy(buf, sizeof(buf), "abcdefgh");
    g_assert_cmpstr(buf, ==, "abcd");
    pstrcpy(buf, 1, "abc");
    g_assert_cmpstr(buf, ==, "");
}

QEMU_BUILD_BUG_ON(sizeof(QEnumLookup) != 24);
QEMU_BUILD_BUG_ON(offsetof(QEnumLookup, array) != 0);
QEMU_BUILD_BUG_ON(offsetof(QEnumLookup, special_features) != 8);
QEMU_BUILD_BUG_ON(offsetof(QEnumLookup, size) != 16);

static const char *const colours[] = { "red", "green" };
static const QEnumLookup colour_lookup = { .array = colours, .size = 2 };

static void test_enum_names(void)
{
    Error *err = NULL;

    g_assert_cmpstr(qapi_enum_lookup(&colour_lookup, 1), ==, "green");
    g_assert_cmpint(qapi_enum_parse(&colour_lookup, "red", -1, &error_abort),
                    ==, 0);
    g_assert_cmpint(qapi_enum_parse(&colour_lookup, NULL, 7, &error_abort), ==,
                    7);
    g_assert_cmpint(qapi_enum_parse(&colour_lookup, "Red", 7, &err), ==, 7);
    g_assert_nonnull(strstr(error_get_pretty(err), "Red"));
    error_free_or_abort(&err);
    g_assert_cmpint(qapi_enum_parse(&colour_lookup, "", 7, NULL), ==, 7);
}

static void test_names_of_library_enums(void)
{
    g_assert_cmpstr(
        QCryptoTLSCredsEndpoint_str(QCRYPTO_TLS_CREDS_ENDPOINT_SERVER), ==,
        "server");
    g_assert_cmpstr(QCryptoSecretFormat_str(QCRYPTO_SECRET_FORMAT_BASE64), ==,
                    "base64");
    g_assert_cmpstr(QAuthZListPolicy_str(QAUTHZ_LIST_POLICY_DENY), ==, "deny");
    g_assert_cmpstr(QAuthZListFormat_str(QAUTHZ_LIST_FORMAT_GLOB), ==, "glob");
    g_assert_cmpint(QCryptoTLSCredsEndpoint_lookup.size, ==,
                    QCRYPTO_TLS_CREDS_ENDPOINT__MAX);
}

static void test_enum_value_out_of_range_aborts(void)
{
    EXPECT_ABORT(qapi_enum_lookup(&colour_lookup, 2), "*qapi_enum_lookup: *");
}

static void test_bool_spellings(void)
{
    static const char *const yes[] = { "on", "yes", "true", "y" };
    static const char *const no[] = { "off", "no", "false", "n" };
    static const char *const bad[] = { "", "ON", "1", "maybe" };
    Error *err = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        bool value = false;

        g_assert_true(qapi_bool_parse("p", yes[i], &value, &error_abort));
        g_assert_true(value);
        g_assert_true(qapi_bool_parse("p", no[i], &value, &error_abort));
        g_assert_false(value);
        value = true;
        g_assert_false(qapi_bool_parse("p", bad[i], &value, &err));
        g_assert_true(value);
        g_assert_cmpstr(error_get_pretty(err), ==,
                        "Parameter 'p' expects 'on' or 'off'");
        error_free_or_abort(&err);
    }
}

typedef struct StringList {
    struct StringList *next;
    String *value;
} StringList;

static void test_qapi_lists(void)
{
    StringList *list = NULL;
    StringList **tail = &list;
    static String a, b, c;

    QAPI_LIST_APPEND(tail, &b);
    QAPI_LIST_APPEND(tail, &c);
    QAPI_LIST_PREPEND(list, &a);
    g_assert_true(list->value == &a);
    g_assert_true(list->next->value == &b);
    g_assert_true(list->next->next->value == &c);
    g_assert_null(list->next->next->next);
    while (list) {
        StringList *next = list->next;

        g_free(list);
        list = next;
    }
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);

#define ADD(path, function) testing_add("/util/" path, function)
    ADD("iov/size", test_iov_size);
    ADD("iov/copy-bytes", test_iov_to_and_from_buf_at_every_offset);
    ADD("iov/constant", test_iov_constant_size_takes_the_short_way);
    ADD("iov/behind", test_iov_offset_behind_the_end_aborts);
    ADD("iov/copy", test_iov_copy_describes_a_part);
    ADD("iov/discard-front", test_iov_discard_front);
    ADD("iov/discard-back", test_iov_discard_back);
    ADD("buffer/append", test_buffer_appends_and_advances);
    ADD("buffer/grow", test_buffer_grows_in_powers_of_two);
    ADD("buffer/shrink", test_buffer_shrinks_when_long_unused);
    ADD("buffer/move", test_buffer_moves);
    ADD("buffer/rule/advance", test_buffer_advance_too_far_aborts);
    ADD("buffer/rule/move", test_buffer_move_to_non_empty_aborts);
    ADD("buffer/rule/reserve", test_buffer_reserve_too_much_aborts);
    ADD("string/pstrcpy", test_pstrcpy);
    ADD("names/enum", test_enum_names);
    ADD("names/library", test_names_of_library_enums);
    ADD("names/rule/range", test_enum_value_out_of_range_aborts);
    ADD("names/bool", test_bool_spellings);
    ADD("names/list", test_qapi_lists);
    return g_test_run();
}
