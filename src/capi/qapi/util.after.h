
/**
 * Puts `element` in front of the list `list` (whose nodes have the members `next`
 * and `value`).
 */
#define QAPI_LIST_PREPEND(list, element) do { \
    __typeof__(list) qapi_node_ = \
        (__typeof__(list))g_malloc0(sizeof(*(list))); \
    qapi_node_->value = (element); \
    qapi_node_->next = (list); \
    (list) = qapi_node_; \
} while (0)

/**
 * Puts `element` at the end of a list, where `tail` points to the last `next` (at
 * first to the list itself), and moves `tail` on.
 */
#define QAPI_LIST_APPEND(tail, element) do { \
    *(tail) = (__typeof__(*(tail)))g_malloc0(sizeof(**(tail))); \
    (*(tail))->value = (element); \
    (tail) = &(*(tail))->next; \
} while (0)
