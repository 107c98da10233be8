#include "block/aio.h"
#include "qom/object.h"

/*
 * The main loop: two event contexts that GLib's default main context serves. They
 * come into being when something first needs them. A program runs them with
 * main_loop_wait(), or g_main_loop_run(), or any other way to run that context.
 */
