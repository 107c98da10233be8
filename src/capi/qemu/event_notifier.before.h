#include "qemu/osdep.h"

/* Called with a notifier that is set. */
typedef void EventNotifierHandler(EventNotifier *notifier);
