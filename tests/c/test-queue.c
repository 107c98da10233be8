/*
 * The lists of qemu/queue.h, and the macros of qemu/osdep.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "testing.h"

/* Lists */

typedef struct Element {
    char name;
    QLIST_ENTRY(Element) l;
    QSLIST_ENTRY(Element) sl;
    QSIMPLEQ_ENTRY(Element) sq;
    QTAILQ_ENTRY(Element) tq;
} Element;

static Element e[5];

static void reset_elements(void)
{
    memset(e, 0, sizeof(e));
    for (size_t i = 0; i < ARRAY_SIZE(e); i++) {
        e[i].name = (char)('a' + i);
    }
}

/* The names of all elements of a list, in order. */
#define NAMES(loop, ...) ({ \
    static char names_[16]; \
    size_t n_ = 0; \
    Element *at_; \
    loop(at_, __VA_ARGS__) { names_[n_++] = at_->name; } \
    names_[n_] = 0; \
    (const char *)names_; })

static void test_qlist(void)
{
    QLIST_HEAD(, Element) head = QLIST_HEAD_INITIALIZER(head);
    QLIST_HEAD(, Element) other;
    Element *var, *next;

    reset_elements();
    QLIST_INIT(&other);
    g_assert_true(QLIST_EMPTY(&head));
    g_assert_false(QLIST_IS_INSERTED(&e[0], l));
    QLIST_INSERT_HEAD(&head, &e[2], l);
    QLIST_INSERT_HEAD(&head, &e[0], l);
    QLIST_INSERT_AFTER(&e[0], &e[1], l);
    QLIST_INSERT_AFTER(&e[2], &e[4], l);
    QLIST_INSERT_BEFORE(&e[4], &e[3], l);
    g_assert_cmpstr(NAMES(QLIST_FOREACH, &head, l), ==, "abcde");
    g_assert_true(QLIST_IS_INSERTED(&e[3], l));
    QLIST_REMOVE(&e[0], l);
    QLIST_SAFE_REMOVE(&e[0], l);
    QLIST_SAFE_REMOVE(&e[4], l);
    g_assert_cmpstr(NAMES(QLIST_FOREACH, &head, l), ==, "bcd");
    QLIST_INSERT_BEFORE(QLIST_FIRST(&head), &e[0], l);
    {
        __typeof__(head) moved = head;

        QLIST_FIX_HEAD_PTR(&moved, l);
        QLIST_REMOVE(&e[0], l);
        g_assert_cmpstr(NAMES(QLIST_FOREACH, &moved, l), ==, "bcd");
        head.lh_first = moved.lh_first;
        QLIST_FIX_HEAD_PTR(&head, l);
    }
    QLIST_FOREACH_SAFE(var, &head, l, next) {
        if (var->name == 'c') {
            QLIST_REMOVE(var, l);
        }
    }
    g_assert_cmpstr(NAMES(QLIST_FOREACH, &head, l), ==, "bd");
    {
        __typeof__(head) swapped = { NULL };

        QLIST_SWAP(&head, &swapped, l);
        g_assert_true(QLIST_EMPTY(&head));
        g_assert_cmpstr(NAMES(QLIST_FOREACH, &swapped, l), ==, "bd");
    }
    g_assert_true(QLIST_EMPTY(&other));
}

static void test_qslist(void)
{
    QSLIST_HEAD(, Element) head = QSLIST_HEAD_INITIALIZER(head);
    QSLIST_HEAD(, Element) taken;
    Element *var, *next;

    reset_elements();
    QSLIST_INIT(&taken);
    QSLIST_INSERT_HEAD(&head, &e[2], sl);
    QSLIST_INSERT_HEAD_ATOMIC(&head, &e[0], sl);
    QSLIST_INSERT_AFTER(&e[0], &e[1], sl);
    QSLIST_INSERT_AFTER(&e[2], &e[3], sl);
    g_assert_cmpstr(NAMES(QSLIST_FOREACH, &head, sl), ==, "abcd");
    QSLIST_REMOVE_HEAD(&head, sl);
    QSLIST_REMOVE_AFTER(&e[1], sl);
    g_assert_cmpstr(NAMES(QSLIST_FOREACH, &head, sl), ==, "bd");
    QSLIST_REMOVE(&head, &e[3], Element, sl);
    g_assert_cmpstr(NAMES(QSLIST_FOREACH, &head, sl), ==, "b");
    QSLIST_INSERT_HEAD(&head, &e[0], sl);
    QSLIST_MOVE_ATOMIC(&taken, &head);
    g_assert_true(QSLIST_EMPTY(&head));
    QSLIST_FOREACH_SAFE(var, &taken, sl, next) {
        QSLIST_REMOVE(&taken, var, Element, sl);
    }
    g_assert_null(QSLIST_FIRST(&taken));
}

static void test_qsimpleq(void)
{
    QSIMPLEQ_HEAD(Simple, Element) head = QSIMPLEQ_HEAD_INITIALIZER(head);
    struct Simple other;
    Element *var, *next;

    reset_elements();
    QSIMPLEQ_INIT(&other);
    g_assert_null(QSIMPLEQ_LAST(&head, Element, sq));
    g_assert_true(QSIMPLEQ_EMPTY_ATOMIC(&head));
    QSIMPLEQ_INSERT_TAIL(&head, &e[1], sq);
    QSIMPLEQ_INSERT_HEAD(&head, &e[0], sq);
    QSIMPLEQ_INSERT_TAIL(&head, &e[3], sq);
    QSIMPLEQ_INSERT_AFTER(&head, &e[1], &e[2], sq);
    QSIMPLEQ_INSERT_AFTER(&head, &e[3], &e[4], sq);
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &head, sq), ==, "abcde");
    g_assert_true(QSIMPLEQ_LAST(&head, Element, sq) == &e[4]);

    QSIMPLEQ_SPLIT_AFTER(&head, &e[1], sq, &other);
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &head, sq), ==, "ab");
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &other, sq), ==, "cde");
    QSIMPLEQ_PREPEND(&head, &other);
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &head, sq), ==, "cdeab");
    g_assert_true(QSIMPLEQ_EMPTY(&other));
    QSIMPLEQ_CONCAT(&other, &head);
    g_assert_true(QSIMPLEQ_EMPTY(&head));
    QSIMPLEQ_REMOVE(&other, &e[1], Element, sq);
    g_assert_true(QSIMPLEQ_LAST(&other, Element, sq) == &e[0]);
    QSIMPLEQ_REMOVE_HEAD(&other, sq);
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &other, sq), ==, "dea");
    QSIMPLEQ_FOREACH_SAFE(var, &other, sq, next) {
        QSIMPLEQ_REMOVE_HEAD(&other, sq);
    }
    g_assert_true(QSIMPLEQ_EMPTY(&other));
    QSIMPLEQ_INSERT_TAIL(&other, &e[4], sq);
    g_assert_true(QSIMPLEQ_FIRST(&other) == &e[4]);
    g_assert_null(QSIMPLEQ_NEXT(&e[4], sq));
}

static void test_qtailq(void)
{
    QTAILQ_HEAD(Tail, Element) head = QTAILQ_HEAD_INITIALIZER(head);
    Element *var, *next;

    QEMU_BUILD_BUG_ON(sizeof(union Tail) != 16);
    reset_elements();
    g_assert_true(QTAILQ_EMPTY(&head));
    g_assert_null(QTAILQ_LAST(&head));
    g_assert_false(QTAILQ_IN_USE(&e[0], tq));
    QTAILQ_INSERT_TAIL(&head, &e[3], tq);
    QTAILQ_INSERT_HEAD(&head, &e[0], tq);
    QTAILQ_INSERT_AFTER(&head, &e[0], &e[1], tq);
    QTAILQ_INSERT_BEFORE(&e[3], &e[2], tq);
    QTAILQ_INSERT_AFTER(&head, &e[3], &e[4], tq);
    g_assert_cmpstr(NAMES(QTAILQ_FOREACH, &head, tq), ==, "abcde");
    g_assert_cmpstr(NAMES(QTAILQ_FOREACH_REVERSE, &head, tq), ==, "edcba");
    g_assert_true(QTAILQ_LAST(&head) == &e[4]);
    g_assert_true(QTAILQ_PREV(&e[3], tq) == &e[2]);
    g_assert_null(QTAILQ_PREV(&e[0], tq));
    g_assert_true(QTAILQ_IN_USE(&e[0], tq));

    QTAILQ_REMOVE(&head, &e[4], tq);
    g_assert_true(QTAILQ_LAST(&head) == &e[3]);
    QTAILQ_REMOVE(&head, &e[0], tq);
    g_assert_false(QTAILQ_IN_USE(&e[0], tq));
    g_assert_cmpstr(NAMES(QTAILQ_FOREACH_REVERSE, &head, tq), ==, "dcb");
    QTAILQ_FOREACH_REVERSE_SAFE(var, &head, tq, next) {
        if (var->name == 'c') {
            QTAILQ_REMOVE(&head, var, tq);
        }
    }
    g_assert_cmpstr(NAMES(QTAILQ_FOREACH, &head, tq), ==, "bd");
    QTAILQ_FOREACH_SAFE(var, &head, tq, next) {
        QTAILQ_REMOVE(&head, var, tq);
    }
    g_assert_true(QTAILQ_EMPTY(&head));
    QTAILQ_INIT(&head);
    QTAILQ_INSERT_TAIL(&head, &e[1], tq);
    g_assert_true(QTAILQ_FIRST(&head) == &e[1]);
    g_assert_null(QTAILQ_NEXT(&e[1], tq));
    /* No element points to the head when that is gone. */
    QTAILQ_REMOVE(&head, &e[1], tq);
    g_assert_true(QTAILQ_EMPTY(&head));
}

/* Macros */

static int side_effects;

static int next_number(void)
{
    return ++side_effects;
}

static void test_macros(void)
{
    struct { int a; Element inner; } outer;
    uint16_t small = 0xfff1;
    char array[MAX_CONST(3, 7)];
    int tries = 0;
    int ret;

    side_effects = 0;
    g_assert_cmpint(MIN(next_number(), 10), ==, 1);
    g_assert_cmpint(MAX(MAX(next_number(), 1), MIN(0, 1)), ==, 2);
    g_assert_cmpint(side_effects, ==, 2);
    g_assert_cmpint(MIN_CONST(3, 7), ==, 3);
    g_assert_cmpint(MIN_NON_ZERO(0, 5), ==, 5);
    g_assert_cmpint(MIN_NON_ZERO(5, 0), ==, 5);
    g_assert_cmpint(MIN_NON_ZERO(5, 4), ==, 4);
    g_assert_cmpint(MIN_NON_ZERO(0, 0), ==, 0);
    g_assert_cmpuint(ARRAY_SIZE(array), ==, 7);
    g_assert_cmpuint(ROUND_UP(small, 16u), ==, 0x10000);
    g_assert_cmpuint(ROUND_DOWN(UINT64_C(0x1234567890), 0x1000), ==,
                     UINT64_C(0x1234567000));
    g_assert_cmpuint(DIV_ROUND_UP(7, 3), ==, 3);
    g_assert_cmpuint(QEMU_ALIGN_UP(7, 3), ==, 9);
    g_assert_cmpuint(QEMU_ALIGN_DOWN(7, 3), ==, 6);
    g_assert_true(QEMU_IS_ALIGNED(9, 3));
    g_assert_true(container_of(&outer.inner.name, __typeof__(outer),
                               inner.name) == &outer);
    g_assert_cmpuint(sizeof_field(Element, name), ==, 1);
    g_assert_cmpstr(stringify(glue(a, b)), ==, "ab");
    g_assert_cmpint(O_BINARY, ==, 0);
    TFR(ret = (++tries < 3 ? (errno = EINTR, -1) : 5));
    g_assert_cmpint(tries, ==, 3);
    g_assert_cmpint(ret, ==, 5);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);

#define ADD(path, function) testing_add("/queue/" path, function)
    ADD("list", test_qlist);
    ADD("slist", test_qslist);
    ADD("simpleq", test_qsimpleq);
    ADD("tailq", test_qtailq);
    ADD("macros", test_macros);
    return g_test_run();
}
